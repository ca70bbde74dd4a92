// Package dossier makes the record of one season into a file that proves itself, and verifies such a file. The verifier needs nothing but the
// file and what its reader brings along: the log's public key, and perhaps a policy about witnesses, an older checkpoint, fingerprints from minutes. It opens no
// file, asks nobody, knows no clock, and so runs in a browser as well.
//
// A dossier is a zip of
//
//	manifest             a signed note: what the dossier is of, and every other file with size and SHA-256
//	checkpoint           the log's head that all is proved against, with the cosignatures of witnesses
//	tile/…               the hashes of all events of the log (C2SP tlog-tiles); with --whole also the events themselves
//	events.jsonl         every event of the season in full, and those on the registers that it refers to
//	disclosures.jsonl    what opens the digests in these events, but for what was erased
//	evidence/<sha256>    the files that the events name, but for what was erased
//	policy.txt           whose signatures the maker knows; a reader brings a policy of his own
//
// and of what follows from these, which a verifier makes again and compares byte for byte: the ruleset, the ranking with what went into it, the
// awards, a listing, a report to read and print, and a proof (C2SP tlog-proof) for every event on which much hangs.
package dossier
