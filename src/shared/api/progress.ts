/** How long work says where it stands (interface.md, Work). */
export interface Progress {
  readonly done: number;
  /** null while it is not known. */
  readonly total: number | null;
  /** The total is worked out while reading; it may still change. */
  readonly isEstimate?: boolean;
  /** What is being done, in a few words for the status strip. */
  readonly note: string;
}
