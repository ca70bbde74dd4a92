// Package workers runs the projections: it carries the log into Postgres, in order, each event once, and stops at any doubt.
//
// Watermill is the shape: a router with a handler for each projection, and around each handler the middleware that recovers and retries.
// What the router carries is not an event but a batch: a [feed] reads and decodes the log once for all projections of the process, and a
// subscriber of ours emits one Watermill message for each batch, waits for it to be acknowledged, and only then emits the next. So order is
// the log's, and the position is not the broker's but the one that the projection commits with its rows.
//
// The same replay that feeds a projection builds it anew in a schema beside it: [Rebuild] swaps it in, [Verify] compares.
package workers
