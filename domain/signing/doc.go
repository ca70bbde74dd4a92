// Package signing verifies the Ed25519 signatures that people make on machines of their own: in a DSSE envelope, as `thidua sign` makes it, or in
// an OpenSSH signature, as `ssh-keygen -Y sign` does. Both are over the same statement, so a reader checks them with programs that are not ours.
//
// It knows no log and no rules: whose key it is, and whether it counts, is judged by the package domain.
//
// Every form is read in one writing only: what was changed in any byte, were it a space, is no signature any more.
package signing
