// Package projections holds the read models: tables that follow from the log and from nothing else, so that each can be thrown away and
// built again, and compared with a fresh replay.
//
// A [Projection] owns its tables: their definition stands beside the code that fills them, in a schema of the projection's version, and
// readers see them through the views in schema read. [Project] applies a batch of events and moves the projection's [Checkpoint] in one
// transaction, so that each event counts once however often a batch is tried.
//
// What is stored is a function of the log up to the checkpoint: never of how it was cut into batches, of the clock, or of chance. People
// stand in the tables by their refs and texts by their digests, but for the tables of the projection people, which are erasable.
package projections
