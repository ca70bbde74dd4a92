package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/internal/embedded"
)

// door is where analysts come in to read the log over NATS. There is none unless somebody asks for it.
type door struct{ listen, certificate, key string }

func doorFlags(cmd *cobra.Command, d *door) {
	cmd.Flags().StringVar(&d.listen, "analyst-listen", "", "address where analysts read the events over NATS, such as 127.0.0.1:4222 (default none; who may: thidua consumer)")
	cmd.Flags().StringVar(&d.certificate, "analyst-tls-cert", "", "PEM file with the certificate of --analyst-listen; needed beyond loopback")
	cmd.Flags().StringVar(&d.key, "analyst-tls-key", "", "PEM file with the private key of --analyst-tls-cert")
}

// open listens for analysts, and gives what NATS needs for their TLS.
func (d door) open(a *app) (net.Listener, func() (*tls.Certificate, error), error) {
	if d.listen == "" {
		return nil, nil, nil
	}
	if a.natsURL != "" {
		return nil, nil, &usageError{domain.Text{
			VI: "--analyst-listen dành cho NATS riêng; với NATS_URL, cấu hình của máy chủ NATS quyết định ai được vào (docs/subscribing.md)",
			EN: "--analyst-listen is for the private NATS; with NATS_URL the NATS server's configuration says who comes in (docs/subscribing.md)",
		}}
	}
	certificate, err := d.certified()
	if err != nil {
		return nil, nil, err
	}
	host, _, err := net.SplitHostPort(d.listen)
	if ip := net.ParseIP(host); err == nil && certificate == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, nil, &usageError{domain.Text{
			VI: fmt.Sprintf("--analyst-listen %s nhận kết nối từ máy khác nên cần TLS: hãy thêm --analyst-tls-cert và --analyst-tls-key, hoặc dùng 127.0.0.1", d.listen),
			EN: fmt.Sprintf("--analyst-listen %s takes connections of other machines, which needs TLS: add --analyst-tls-cert and --analyst-tls-key, or use 127.0.0.1", d.listen),
		}}
	}
	listener, err := listen(d.listen)
	return listener, certificate, err
}

// certified reads the certificate, at once and then at each handshake, so that a renewed one counts without a restart. It is nil where there is none.
func (d door) certified() (func() (*tls.Certificate, error), error) {
	if d.certificate == "" && d.key == "" {
		return nil, nil
	}
	load := func() (*tls.Certificate, error) {
		certificate, err := tls.LoadX509KeyPair(d.certificate, d.key)
		return &certificate, err
	}
	if _, err := load(); err != nil {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Không đọc được chứng thư TLS cho --analyst-listen: %v. Hãy kiểm tra --analyst-tls-cert và --analyst-tls-key (PEM).", err),
			EN: fmt.Sprintf("The TLS certificate of --analyst-listen can't be read: %v. Check --analyst-tls-cert and --analyst-tls-key (PEM).", err),
		}}
	}
	return load, nil
}

// doorURL is where analysts connect to, "" where there is no door.
func (p *place) doorURL() string {
	switch {
	case p.door == nil:
		return ""
	case p.certificate != nil:
		return "tls://" + p.door.Addr().String()
	default:
		return "nats://" + p.door.Addr().String()
	}
}

// receive lets analysts in until ctx ends. Who has a subscription is one; what he may ask is what the subscription says.
func (a *app) receive(ctx context.Context, p *place) error {
	return p.nats.Receive(ctx, p.door, func(ctx context.Context) (guests []embedded.Guest, err error) {
		all, err := p.log.Subscriptions(ctx)
		for _, s := range all {
			guest := embedded.Guest{Name: s.Consumer(), Key: s.Key}
			for _, service := range s.Services() {
				guest.Services = append(guest.Services, embedded.Service(service))
			}
			guests = append(guests, guest)
		}
		return guests, err
	})
}
