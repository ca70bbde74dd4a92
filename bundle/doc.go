// Package bundle takes a cluster's year in and out as files: a folder or a .zip of season.yaml, a table of rows per csv file, and the
// evidence that the rows name (spec "bundle").
//
// [Open] reads a bundle and collects every error of form. [Bundle.Judge] lets all of it happen in a [domain.World] and asks the domain's
// rules; the rules themselves stand nowhere else. [Bundle.Import] compares the papers with the record, row by row and by content, and
// appends what is new. [Export] writes the record as the same papers.
//
// One description of each row, its cells, and one of season.yaml, its keys, serve all of this: reading, comparing, digests and writing.
package bundle
