package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/smallstep/pkcs7"
)

// cmsCmd signs a file as the token of an agency would, with a certificate of its own making:
//
//	cms FILE SIGNATURE CERTIFICATE
func cmsCmd(ts *testscript.TestScript, _ bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test token"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	parsed, err := x509.ParseCertificate(certificate)
	ts.Check(err)
	signed, err := pkcs7.NewSignedData([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	ts.Check(signed.AddSigner(parsed, key, pkcs7.SignerInfoConfig{}))
	signed.Detach()
	signature, err := signed.Finish()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), signature, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644))
}
