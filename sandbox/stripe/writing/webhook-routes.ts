/** Webhook endpoints over HTTP. The signing secret is told once, when the endpoint is made. */
import type { RequestContext, Route } from '../changes.ts';
import { apiVersion } from '../changes.ts';
import { listWithin } from '../lists.ts';
import type { Json } from '../object-paths.ts';
import { mergeMetadata, readBoolean, readString, readStrings, refuseUnknown, requireString } from '../parameters.ts';
import { invalidRequest, missingParameter, noSuchObject } from '../stripe-error.ts';
import type { WebhookEndpoint, Webhooks } from '../webhooks.ts';

export function buildEndpoint(id: string, url: string, enabledEvents: string[], created: number): WebhookEndpoint {
  return {
    id,
    object: 'webhook_endpoint',
    api_version: apiVersion,
    application: null,
    created,
    description: null,
    enabled_events: enabledEvents,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url,
  };
}

export function createWebhookRoutes(webhooks: Webhooks): Route[] {
  const requireEndpoint = (id: string): WebhookEndpoint => {
    const endpoint = webhooks.get(id);
    if (endpoint === undefined) throw noSuchObject('webhook_endpoint', id, 'webhook_endpoint');
    return endpoint;
  };
  const apply = (endpoint: WebhookEndpoint, { parameters }: RequestContext): WebhookEndpoint => {
    const url = readString(parameters, 'url');
    if (url !== undefined && !['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) throw invalidRequest('Invalid URL: An explicit scheme (such as https) must be provided.', 'url', 'url_invalid');
    const isDisabled = readBoolean(parameters, 'disabled');
    return Object.assign(endpoint, {
      url: url ?? endpoint.url,
      enabled_events: readStrings(parameters, 'enabled_events') ?? endpoint.enabled_events,
      description: readString(parameters, 'description') ?? endpoint['description'],
      metadata: mergeMetadata(endpoint['metadata'] as Record<string, string>, parameters),
      ...(isDisabled === undefined ? {} : { status: isDisabled ? 'disabled' : 'enabled' }),
    });
  };
  const permission = 'webhook_write';
  return [
    {
      method: 'POST',
      pattern: '/v1/webhook_endpoints',
      permission,
      handle: (context): Json => {
        const { state, changes, parameters } = context;
        refuseUnknown(parameters, ['api_version', 'description', 'enabled_events', 'expand', 'metadata', 'url']);
        const url = requireString(parameters, 'url');
        if (!readStrings(parameters, 'enabled_events')?.length) throw missingParameter('enabled_events');
        const endpoint = apply(buildEndpoint(changes.id('we'), url, [], changes.now()), context);
        const secret = `whsec_${state.ids.token(endpoint.id, 32)}`;
        webhooks.register(endpoint, secret);
        return { ...endpoint, secret };
      },
    },
    {
      method: 'GET',
      pattern: '/v1/webhook_endpoints',
      permission: 'webhook_read',
      handle: ({ state, parameters }) => ({ ...listWithin(state, webhooks.list(), '/v1/webhook_endpoints', 'webhook_endpoint', parameters) }),
    },
    { method: 'GET', pattern: '/v1/webhook_endpoints/:id', permission: 'webhook_read', handle: ({ ids: [id = ''] }) => requireEndpoint(id) },
    {
      method: 'POST',
      pattern: '/v1/webhook_endpoints/:id',
      permission,
      handle: (context) => {
        refuseUnknown(context.parameters, ['description', 'disabled', 'enabled_events', 'expand', 'metadata', 'url']);
        return apply(requireEndpoint(context.ids[0] ?? ''), context);
      },
    },
    {
      method: 'DELETE',
      pattern: '/v1/webhook_endpoints/:id',
      permission,
      handle: ({ ids: [id = ''] }) => {
        requireEndpoint(id);
        webhooks.unregister(id);
        return { id, object: 'webhook_endpoint', deleted: true };
      },
    },
  ];
}
