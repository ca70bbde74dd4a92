// Package tables writes the views of a schema into files for analysts: a folder a table with Parquet, CSV or NDJSON files, a manifest with the position
// of the log that all of them are of, and with the digest of each file, and a Frictionless datapackage.json that says what every column is.
//
// It reads everything in one transaction, so that all tables are of one moment. The same position gives the same bytes. A folder appears whole or not
// at all.
package tables
