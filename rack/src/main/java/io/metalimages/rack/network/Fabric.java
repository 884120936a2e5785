package io.metalimages.rack.network;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The network of a rack: two leaf switches, and the services behind them.
 *
 * <pre>
 *   machine ── tap ─┬─ leaf1 ─┬─ services: DNS, NTP, an internet, the operator
 *           └─ tap ─┴─ leaf2 ─┘
 * </pre>
 *
 * <p>Each of them is a network namespace with an FRR of its own, and its own autonomous system. They speak BGP
 * unnumbered: there are no addresses but link-local ones between them. The services announce a default route, which the
 * leaves pass on to the machine; what the machine announces takes the way back. A tap leads to its leaf's port over a bridge,
 * so QEMU may come and go. Everything is in an {@link Enclosure}, and ends with it. Thread-safe.
 */
public final class Fabric implements AutoCloseable {

    /**
     * Each leaf's address on its port to the machine, for a machine that has no address yet and speaks no BGP. With the
     * name of the machine's device: {@code http://[fe80::1%lan0]:8080/}.
     */
    public static final String PROVISIONING = "fe80::1";

    /** The name in the DNS of {@link #ntpServer()}. */
    public static final String NTP_NAME = "ntp.test";

    /** The name in the DNS of the internet's only host. */
    public static final String INTERNET_NAME = "internet.test";

    /** What that host serves at {@code /}. */
    public static final String INTERNET_PAGE = "You have reached the internet of the rack.\n";

    /** Largest packet on a leaf's ports, in bytes, without the Ethernet header. */
    private static final int MTU = 9216;

    private static final String OPERATOR = "192.0.2.10";
    private static final String DNS = "198.51.100.53";
    private static final String DNS_SIX = "2001:db8:100::53";
    private static final String NTP = "198.51.100.123";
    private static final String NTP_SIX = "2001:db8:100::123";
    private static final String INTERNET = "203.0.113.80";
    private static final String INTERNET_SIX = "2001:db8:113::80";

    /** On a leaf, the devices that lead to the machine and to the services. */
    static final String PORT = "swp1";

    private static final String UPLINK = "swp31";

    private static final long SERVICES_NUMBER = 4_200_000_001L;

    private static final String FORWARD = """
            sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
                net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
                net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
                net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
            ip link set lo up
            """;

    /** The provisioning address is deprecated, so that nothing but answers is sent from it. */
    private static final String UP = """
            ip link set %1$s up
            ip link set %2$s up
            ip address replace %3$s/64 dev %1$s preferred_lft 0 nodad
            """.formatted(PORT, UPLINK, PROVISIONING);

    private static final String DOWN = """
            ip link set %s down
            ip link set %s down
            """.formatted(PORT, UPLINK);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Enclosure enclosure;
    private final FabricRoot root;
    private final List<Leaf> leaves;
    private final Map<Leaf, Router> switches;
    private final List<LinkLayerDiscovery> discoveries;
    private final NetworkNamespace services;
    private final Router exit;
    private final CertificateAuthority authority;
    private final List<HttpsServer> internet;
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();

    private Fabric(
            Enclosure enclosure,
            FabricRoot root,
            Map<Leaf, Router> switches,
            List<LinkLayerDiscovery> discoveries,
            NetworkNamespace services,
            Router exit,
            CertificateAuthority authority,
            List<HttpsServer> internet) {
        this.enclosure = enclosure;
        this.root = root;
        this.leaves = List.copyOf(switches.keySet());
        this.switches = switches;
        this.discoveries = discoveries;
        this.services = services;
        this.exit = exit;
        this.authority = authority;
        this.internet = internet;
    }

    /**
     * Opens a fabric. When this returns, the services serve, and both leaves have their routes.
     *
     * @param root the root file system of the switches and the services, see {@code rack/fabric/Dockerfile}
     * @throws FaultException of the category {@code MISSING_ON_MACHINE} if the system gives this user no namespaces or no
     *     tap devices, and of {@code FAILED_WORK} if a program does not start
     */
    public static Fabric open(WorkDirectory work, Path root) throws IOException, InterruptedException {
        requireTunnels();
        Enclosure enclosure = Enclosure.open(work);
        try {
            return open(enclosure, FabricRoot.in(enclosure, root, work));
        } catch (IOException | InterruptedException | RuntimeException e) {
            enclosure.close();
            throw e;
        }
    }

    /** Why this machine can have no fabric, as a sentence; empty if it can. */
    public static Optional<String> obstacle(WorkDirectory work) throws IOException, InterruptedException {
        try {
            requireTunnels();
            Enclosure.open(work).close();
            return Optional.empty();
        } catch (FaultException lacking) {
            return Optional.of(String.valueOf(lacking.getMessage()));
        }
    }

    /** That the device is there proves nothing: the kernel may lack what is behind it. */
    private static void requireTunnels() {
        Path device = Path.of("/dev/net/tun");
        try {
            FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
        } catch (IOException e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    Files.exists(device)
                            ? "This user may not open " + device + ", which connects machines to switches."
                            : "There is no " + device + ", which connects machines to switches.",
                    "Load the kernel module tun, and in a container pass the device on.",
                    e);
        }
    }

    private static Fabric open(Enclosure enclosure, FabricRoot root) throws IOException, InterruptedException {
        NetworkNamespace services = enclosure.add("services");
        prepareServices(root, services);
        root.script(
                enclosure.rack(),
                "sysctl --quiet --write net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        List<Leaf> leaves = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            Leaf leaf = new Leaf(
                    "leaf" + number,
                    SERVICES_NUMBER + number,
                    "10.255.0." + number,
                    enclosure.add("leaf" + number),
                    "52:54:00:00:01:0" + number,
                    "nic" + (number - 1),
                    "52:54:00:00:00:0" + number);
            cable(root, leaf, enclosure.rack(), services);
            leaves.add(leaf);
        }
        List<String> names = leaves.stream().map(Leaf::name).toList();
        Router exit = Router.start(
                root,
                services,
                interfaces("services", names),
                routing("services", SERVICES_NUMBER, OPERATOR, names, true));
        Map<Leaf, Router> switches = new LinkedHashMap<>();
        List<LinkLayerDiscovery> discoveries = new ArrayList<>();
        for (Leaf leaf : leaves) {
            discoveries.add(LinkLayerDiscovery.start(root, leaf));
            switches.put(
                    leaf,
                    Router.start(
                            root,
                            leaf.namespace(),
                            interfaces(leaf.name(), List.of(PORT, UPLINK)),
                            routing(leaf.name(), leaf.number(), leaf.routerId(), List.of(PORT, UPLINK), false)));
        }
        CertificateAuthority authority =
                CertificateAuthority.make(root, services, INTERNET_NAME, INTERNET, INTERNET_SIX);
        startNameServer(root, services);
        startTimeServer(root, services);
        List<HttpsServer> internet = new ArrayList<>();
        Fabric fabric = new Fabric(enclosure, root, switches, discoveries, services, exit, authority, internet);
        try {
            for (String address : List.of(INTERNET, INTERNET_SIX)) {
                internet.add(fabric.startInternet(InetAddress.ofLiteral(address)));
            }
            fabric.awaitRoutes();
        } catch (IOException | InterruptedException | RuntimeException e) {
            fabric.stopInternet();
            throw e;
        }
        return fabric;
    }

    private static void prepareServices(FabricRoot root, NetworkNamespace services)
            throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder(FORWARD);
        // The operator's is the first one, with which connections from here begin.
        for (String address : List.of(OPERATOR, DNS, NTP, INTERNET)) {
            lines.append("ip address add ").append(address).append("/32 dev lo\n");
        }
        for (String address : List.of(DNS_SIX, NTP_SIX, INTERNET_SIX)) {
            lines.append("ip address add ").append(address).append("/128 dev lo\n");
        }
        root.script(services, lines.toString());
    }

    /** Cables a leaf: with the machine's tap over a bridge, and with the services. */
    private static void cable(FabricRoot root, Leaf leaf, NetworkNamespace rack, NetworkNamespace services)
            throws IOException, InterruptedException {
        String wire = "wire-" + leaf.name();
        root.script(
                leaf.namespace(),
                FORWARD
                        + """
                ip address add %1$s/32 dev lo
                ip link add %2$s mtu %6$d address %9$s type veth peer name %3$s mtu %6$d netns /run/netns/%7$s
                ip link add %4$s mtu %6$d type veth peer name %5$s mtu %6$d netns /run/netns/%8$s
                """.formatted(
                                        leaf.routerId(),
                                        PORT,
                                        wire,
                                        UPLINK,
                                        leaf.name(),
                                        MTU,
                                        rack.name(),
                                        services.name(),
                                        leaf.portMac())
                        + UP);
        // A bridge passes on LLDP, which is for the switch, only if it is told to (bit 14).
        root.script(rack, """
                ip link add %1$s type bridge mcast_snooping 0 group_fwd_mask 0x4000
                ip tuntap add %2$s mode tap
                ip link set %2$s mtu %4$d master %1$s up
                ip link set %3$s master %1$s up
                ip link set %1$s mtu %4$d up
                """.formatted("cable-" + leaf.name(), leaf.tap(), wire, MTU));
        root.script(services, "ip link set " + leaf.name() + " up");
    }

    private static String interfaces(String name, List<String> devices) {
        // FRR 8.4 loses routes with two next hops when one of the interfaces flaps, if it shares next hops with the
        // kernel.
        StringBuilder lines = new StringBuilder("""
                frr defaults datacenter
                hostname %s
                no zebra nexthop kernel enable
                """.formatted(name));
        for (String device : devices) {
            lines.append("""
                    interface %s
                     ipv6 nd ra-interval 1
                     no ipv6 nd suppress-ra
                    exit
                    """.formatted(device));
        }
        return lines.toString();
    }

    /**
     * @param originates whether the neighbours are given a default route
     */
    private static String routing(String name, long number, String routerId, List<String> devices, boolean originates) {
        StringBuilder neighbours = new StringBuilder();
        StringBuilder family = new StringBuilder();
        for (String device : devices) {
            neighbours.append("""
                     neighbor %1$s interface remote-as external
                     neighbor %1$s timers 2 8
                     neighbor %1$s timers connect 2
                    """.formatted(device));
            family.append("  neighbor %s activate\n".formatted(device));
            if (originates) {
                family.append("  neighbor %s default-originate\n".formatted(device));
            }
        }
        return """
                frr defaults datacenter
                hostname %1$s
                router bgp %2$d
                 bgp router-id %3$s
                 bgp bestpath as-path multipath-relax
                %4$s address-family ipv4 unicast
                %5$s exit-address-family
                 address-family ipv6 unicast
                %5$s exit-address-family
                exit
                """.formatted(name, number, routerId, neighbours, family);
    }

    private static void startNameServer(FabricRoot root, NetworkNamespace services)
            throws IOException, InterruptedException {
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
                        DNS, DNS_SIX, INTERNET_NAME, INTERNET, INTERNET_SIX, NTP_NAME, NTP, NTP_SIX));
        root.serve(
                services,
                "dns",
                "dnsmasq.pid",
                List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/fabric/dns/dnsmasq.conf"));
    }

    /** The time served is this machine's, which is left as it is. */
    private static void startTimeServer(FabricRoot root, NetworkNamespace services)
            throws IOException, InterruptedException {
        root.configure("ntp", "chrony.conf", """
                user root
                pidfile /fabric/ntp/chronyd.pid
                local stratum 2
                allow
                bindaddress %s
                bindaddress %s
                cmdport 0
                bindcmdaddress /
                """.formatted(NTP, NTP_SIX));
        root.serve(services, "ntp", "chronyd.pid", List.of("chronyd", "-d", "-x", "-f", "/fabric/ntp/chrony.conf"));
    }

    private HttpsServer startInternet(InetAddress address) throws IOException, InterruptedException {
        HttpsServer server =
                enclosure.inNamespace(services, () -> HttpsServer.create(new InetSocketAddress(address, 443), 0));
        server.setHttpsConfigurator(new HttpsConfigurator(authority.server()));
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] page = INTERNET_PAGE.getBytes(StandardCharsets.UTF_8);
                boolean found = exchange.getRequestURI().getPath().equals("/");
                exchange.sendResponseHeaders(found ? 200 : 404, found ? page.length : -1);
                if (found) {
                    exchange.getResponseBody().write(page);
                }
            }
        });
        server.setExecutor(requests);
        server.start();
        return server;
    }

    private void awaitRoutes() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        for (Map.Entry<Leaf, Router> entry : switches.entrySet()) {
            Router router = entry.getValue();
            while (router.ways("0.0.0.0/0").isEmpty() || router.ways("::/0").isEmpty()) {
                if (System.nanoTime() - begun > PATIENCE.toNanos()) {
                    throw FaultException.failed(
                            "The rack's switch " + entry.getKey().name() + " did not get its routes within "
                                    + PATIENCE.toSeconds() + " s: " + router.show("bgp summary"),
                            null);
                }
                Thread.sleep(100);
            }
        }
    }

    FabricRoot root() {
        return root;
    }

    /** Where QEMU belongs: its network namespace {@link Enclosure#rack()} has the taps. */
    public Enclosure enclosure() {
        return enclosure;
    }

    /** The two leaf switches. The machine's first network card belongs to the first one's tap. */
    public List<Leaf> leaves() {
        return leaves;
    }

    /** A directory that programs of {@link #operator} see as {@code /fabric}; their configuration and logs are in it. */
    public Path shared() {
        return root.shared();
    }

    /** An address that answers DNS queries. It knows {@link #INTERNET_NAME} and {@link #NTP_NAME}, and no other name. */
    public InetAddress dnsServer() {
        return InetAddress.ofLiteral(DNS);
    }

    /** An address that tells the time, which is this machine's. */
    public InetAddress ntpServer() {
        return InetAddress.ofLiteral(NTP);
    }

    /** A page that can be had by IPv4 and IPv6, and has the content {@link #INTERNET_PAGE}. */
    public URI internet() {
        return URI.create("https://" + INTERNET_NAME + "/");
    }

    /** What its name resolves to. */
    public List<String> internetAddresses() {
        return List.of(INTERNET, INTERNET_SIX);
    }

    /** The certificate, in PEM, of the authority that vouches for {@link #internet}. It is made anew for each fabric. */
    public String certificateAuthority() throws IOException {
        return authority.certificate();
    }

    /** The network namespace behind the leaves. */
    public NetworkNamespace services() {
        return services;
    }

    /**
     * A command line that runs a program where the operator sits: behind the leaves, so that it reaches the machine by the
     * routes that the machine announces. It runs in the fabric's root file system, which has {@code ssh}, {@code curl} and
     * {@code ping}; its files have to be in {@link #shared}.
     */
    public List<String> operator(List<String> command) {
        return root.command(command);
    }

    /** Like {@link #operator}, but anywhere: a command line for this process, not for one in the enclosure. */
    List<String> command(NetworkNamespace namespace, List<String> command) {
        return enclosure.command(namespace, root.command(command));
    }

    /** The sessions with the machine, one for each leaf, as the leaves see them. */
    public List<BgpSession> sessions() throws IOException, InterruptedException {
        List<BgpSession> sessions = new ArrayList<>();
        for (Router router : switches.values()) {
            sessions.add(router.session(PORT));
        }
        return List.copyOf(sessions);
    }

    /** What the machine has announced by LLDP, for each leaf that has heard of it lately. */
    public List<LinkLayerNeighbor> linkLayerNeighbors() throws IOException, InterruptedException {
        List<LinkLayerNeighbor> neighbors = new ArrayList<>();
        for (LinkLayerDiscovery discovery : discoveries) {
            discovery.neighbor().ifPresent(neighbors::add);
        }
        return List.copyOf(neighbors);
    }

    /** The leaves over which the services reach an address of the machine. */
    public List<Leaf> waysBack(InetAddress address) throws IOException, InterruptedException {
        List<String> ways = exit.ways(address.getHostAddress() + (address instanceof Inet6Address ? "/128" : "/32"));
        return leaves.stream().filter(leaf -> ways.contains(leaf.name())).toList();
    }

    /** Takes a leaf out of service as if it had lost its power: nothing comes from its ports any more. */
    public void cut(Leaf leaf) throws IOException, InterruptedException {
        root.script(leaf.namespace(), DOWN);
    }

    /** Brings a leaf back. */
    public void restore(Leaf leaf) throws IOException, InterruptedException {
        root.script(leaf.namespace(), UP);
    }

    private void stopInternet() {
        internet.forEach(server -> server.stop(0));
        requests.close();
    }

    /** Ends everything in the fabric, machines included. */
    @Override
    public void close() {
        stopInternet();
        enclosure.close();
    }
}
