// Package seal makes the log tamper-evident. Leaf i of a Merkle tree (RFC 6962, section 2.1) is the stored bytes of the event at position i+1; the
// tree's root is signed with its size as a checkpoint, and the whole is laid out in files that any client of C2SP tlog-tiles reads:
//
//	checkpoint                   the last signed tree head (C2SP tlog-checkpoint)
//	checkpoints                  every checkpoint that was ever published, oldest first
//	tile/<L>/<N>[.p/<W>]         hashes of level 8·L, 256 a tile, fewer at the right edge
//	tile/entries/<N>[.p/<W>]     the events themselves, each after its length in two bytes
//
// A tree only grows at its right edge, so that what is published stays true and every earlier size can be read from the files of today.
// An Edge recomputes a root from events, a Folder writes the files, a Tree reads them, and a Signer signs what extends what it signed before.
package seal
