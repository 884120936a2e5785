package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.util.List;

/** The DNS of a fabric: dnsmasq, which knows the names of the services, and that no other name exists. */
final class NameServer {

    static final String ADDRESS = "198.51.100.53";
    static final String ADDRESS_SIX = "2001:db8:100::53";

    private NameServer() {}

    /** @throws io.metalimages.common.FaultException if it does not start; has the end of its log */
    static void start(FabricRoot root, NetworkNamespace services) throws IOException, InterruptedException {
        root.configure("dns", "dnsmasq.conf", """
                user=root
                group=root
                pid-file=/fabric/dns/dnsmasq.pid
                log-facility=-
                log-queries
                no-hosts
                no-resolv
                bind-interfaces
                listen-address=%1$s,%2$s
                host-record=%3$s,%4$s,%5$s
                host-record=%6$s,%7$s,%8$s
                # No other name exists.
                address=/#/
                """.formatted(
                        ADDRESS,
                        ADDRESS_SIX,
                        InternetServer.NAME,
                        InternetServer.ADDRESS,
                        InternetServer.ADDRESS_SIX,
                        TimeServer.NAME,
                        TimeServer.ADDRESS,
                        TimeServer.ADDRESS_SIX));
        root.serve(
                services,
                "dns",
                "dnsmasq.pid",
                List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/fabric/dns/dnsmasq.conf"));
    }
}
