package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.util.List;

/** The NTP server of a fabric: chronyd, which serves this machine's time and leaves it as it is. */
final class TimeServer {

    /** The server's name in the DNS. */
    static final String NAME = "ntp.test";

    static final String ADDRESS = "198.51.100.123";
    static final String ADDRESS_SIX = "2001:db8:100::123";

    private TimeServer() {}

    /** @throws io.metalimages.common.FaultException if it does not start; has the end of its log */
    static void start(FabricRoot root, NetworkNamespace services) throws IOException, InterruptedException {
        root.configure("ntp", "chrony.conf", """
                user root
                pidfile /fabric/ntp/chronyd.pid
                local stratum 2
                allow
                bindaddress %s
                bindaddress %s
                cmdport 0
                bindcmdaddress /
                """.formatted(ADDRESS, ADDRESS_SIX));
        root.serve(services, "ntp", "chronyd.pid", List.of("chronyd", "-d", "-x", "-f", "/fabric/ntp/chrony.conf"));
    }
}
