export const entityWords = { partner: 'Partner', contract: 'Contract', amendment: 'Amendment' } as const;
export const operationWords = { create: 'New record', update: 'Edit', delete: 'Deletion' } as const;
