// Package tasks is the queue of what takes long or must be tried again: dossiers, large imports, exports, webhooks. One queue, one lifecycle; what a
// task does is a [Kind], which whoever needs it brings along.
//
// A task is a row of private.task, which is what is true of it: it is backed up with that schema. The JetStream stream TASKS, a work queue, only says
// whose turn it is: each message names a task, each task has one message at most, and workers of any number of processes share them. What is queued in
// the table and not on the stream is put there by a sweep, whatever the reason: the asker died in between, the task waits for its next try, the
// database or the stream was put back.
//
//	asked ──▶ queued ──▶ running ──▶ done
//	            ▲           ├──▶ queued   it failed or its worker was lost; with a pause, up to a limit
//	            │           ├──▶ dead     the limit
//	            │           └──▶ failed   trying again would not help
//	            └── retry ── cancelled, failed, dead
//
// Who runs a task has it under a fence. A worker that was lost may come back: what it does then, it may do under no newer fence, so it asks right
// before each effect ([Run.Hold]).
package tasks
