/**
 * Events that came through the shared inbox and that Stripe's own list has not told of: they only say which object to ask Stripe for. What it answers is
 * mirrored and posted; a row somebody forged asks a question and posts nothing (architecture.md §12).
 */
import { ValidationError } from '../../shared/errors/errors.ts';
import type { ReadableDatabase, UnitOfWork, WritableDatabase } from '../database/handles.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { isJson } from '../mirror/stripe-fields.ts';
import type { WorkControl } from '../platform/work-control.ts';
import { listOfObject, routeEvent, type EventRoute } from './event-routing.ts';
import { settleMessage, type StagedRow } from './intake.repository.ts';
import { fetchWhole, type ObjectIntake } from './object-intake.ts';
import { relayedAfter } from './shared-inbox.repository.ts';
import { askedAfterKnown, lastOfSecond, type EventsResult } from './stripe-events.ts';
import type { GatewayList, GatewaySource } from './stripe-sync.ports.ts';

export interface RelayedEventsDependencies {
  readonly readable: ReadableDatabase;
  readonly unitOfWork: UnitOfWork;
  readonly source: GatewaySource;
  readonly objectIntake: ObjectIntake;
  readonly mirror: Mirror;
  readonly questionsPerRun?: number;
}

export interface RelayedEvents {
  /** Asks Stripe about the events that wait, once for each object; what is too much for one run is left to the next. */
  project(control: WorkControl): Promise<Omit<EventsResult, 'staged'>>;
}

/** One object that events tell of. */
interface Question {
  readonly rows: StagedRow[];
  readonly list: GatewayList;
  readonly id: string;
  /** What the mirror calls it, when one of the events says that it is gone. */
  deletedAs: string | null;
  /** Epoch milliseconds of the newest event. */
  newestAt: number;
}

const eventsAtATime = 100;
/** Each question is a request of the company's own limit: somebody who floods the inbox with forged rows cannot use it up. */
const defaultQuestionsPerRun = 2_000;

export function createRelayedEvents(dependencies: RelayedEventsDependencies): RelayedEvents {
  const { readable, unitOfWork, source, objectIntake, mirror, questionsPerRun = defaultQuestionsPerRun } = dependencies;

  async function answer({ list, id, deletedAs, newestAt }: Question, control: WorkControl): Promise<(database: WritableDatabase) => void> {
    const found = await source.get(list, id, control.signal);
    if (found && found.value['deleted'] === true) return (database) => void mirror.markDeleted(database, found.object, id, askedAfterKnown(database, mirror, found));
    if (found) {
      const whole = await fetchWhole(source, found, control.signal);
      return (database) => void objectIntake.take(database, whole, askedAfterKnown(database, mirror, found));
    }
    if (deletedAs !== null) return (database) => void mirror.markDeleted(database, deletedAs, id, lastOfSecond(newestAt));
    return () => {
      throw new ValidationError('relayed-object-missing', `Stripe does not know ${id}, of which an event in the shared inbox tells.`);
    };
  }

  async function project(question: Question, control: WorkControl): Promise<'projected' | 'parked'> {
    const write = await answer(question, control);
    const settle = (status: 'projected' | 'parked', code: string | null = null, reason: string | null = null) => (database: WritableDatabase) => {
      for (const row of question.rows) settleMessage(database, row.sequence, status, code, reason);
    };
    try {
      unitOfWork.run('project relayed events', (database) => {
        write(database);
        settle('projected')(database);
      });
      return 'projected';
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      unitOfWork.run('park relayed events', settle('parked', error.code, error.message));
      return 'parked';
    }
  }

  return {
    async project(control) {
      const result = { projected: 0, unhandled: 0, parked: 0 };
      for (let after = 0, asked = 0; ; ) {
        const rows = relayedAfter(readable, after, Math.min(eventsAtATime, questionsPerRun - asked));
        if (rows.length === 0) return result;
        after = rows.at(-1)?.sequence ?? after;
        const { questions, indifferent } = gatherQuestions(rows);
        unitOfWork.run('settle relayed events', (database) => {
          for (const row of indifferent) settleMessage(database, row.sequence, 'projected');
        });
        result.projected += indifferent.length;
        asked += questions.length;
        for (const question of questions) {
          control.signal.throwIfAborted();
          result[await project(question, control)] += question.rows.length;
        }
        control.report({ done: result.projected, total: null, note: 'Asking Stripe about relayed events' });
      }
    },
  };
}

function gatherQuestions(rows: readonly StagedRow[]): { readonly questions: readonly Question[]; readonly indifferent: readonly StagedRow[] } {
  const questions = new Map<string, Question>();
  const indifferent: StagedRow[] = [];
  for (const row of rows) {
    const event: unknown = JSON.parse(row.payload);
    const asked = isJson(event) ? objectOf(routeEvent(event)) : null;
    if (!asked) {
      indifferent.push(row);
      continue;
    }
    const key = `${asked.list}/${asked.id}`;
    const question = questions.get(key) ?? { rows: [], ...asked, newestAt: row.created_at };
    questions.set(key, question);
    question.rows.push(row);
    question.deletedAs ??= asked.deletedAs;
    question.newestAt = Math.max(question.newestAt, row.created_at);
  }
  return { questions: [...questions.values()], indifferent };
}

/** Which object an event tells of; nothing of what it says about it. */
function objectOf(route: EventRoute): Pick<Question, 'list' | 'id' | 'deletedAs'> | null {
  if (route.road === 'snapshot' || route.road === 'fetch') return { list: route.list, id: route.id, deletedAs: null };
  const list = route.road === 'deleted' ? listOfObject[route.objectName] : undefined;
  return route.road === 'deleted' && list !== undefined ? { list, id: route.id, deletedAs: route.objectName } : null;
}
