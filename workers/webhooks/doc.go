// Package webhooks delivers events to endpoints over HTTP, signed as Standard Webhooks says (https://www.standardwebhooks.com).
//
// An endpoint has a position on the log. A round takes up what follows it: in one transaction the position moves and the events that the endpoint
// takes are noted as pending, so none is ever left out or noted twice. Then it sends, of each stream the first event that is pending; the next one of
// that stream is sent when it was delivered, and other streams go on meanwhile. What is sent are the bytes that lie on the log.
//
//	log ──▶ position, pending ──▶ POST ──▶ 2xx: delivered
//	           (one transaction)     └──▶ else: again later, up to three days; then it is dead, and the endpoint paused
//
// An event is delivered at least once: who dies between the answer and its noting lets it be sent again, under the same id. One process at a time works
// on an endpoint; it asks right before each attempt whether it still is the one ([Turn]).
package webhooks
