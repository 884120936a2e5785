package io.metalimages.rack.overlay;

import io.metalimages.common.FaultException;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The networks of an {@link Overlay}, and a host in each of them: what a firewall stands between.
 *
 * <p>A host with the place {@code LEAVES} is a network namespace with a port to each leaf's VRF. The other hosts are the
 * VRF's own namespace on the exit. Thread-safe, but for {@link #close}.
 */
public final class Tenants implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    /** The device of a leaf's VRF that leads to the host. */
    private static final String PORT = "swp2";

    /** Link-local addresses at both ends of that cable, so that routes can name them. */
    private static final String LEAF_END = "fe80::1";

    private static final String HOST_END = "fe80::2";

    private final NetworkSandbox sandbox;
    private final FabricRoot root;
    private final Overlay overlay;
    private final Vtep exit;
    private final Services services;
    private final Map<NetworkNamespace, Vtep> leaves;
    private final Map<Long, NetworkNamespace> hosts;
    private final Map<ListeningPort, PeerAddressServer> servers = new ConcurrentHashMap<>();

    private record ListeningPort(long vni, int port) {}

    /**
     * What came of a connection.
     *
     * @param isConnected whether there was a connection
     * @param seenAs the address that the other host says it comes from; empty if it did not say
     * @param trouble why it did not
     */
    public record Attempt(boolean isConnected, Optional<InetAddress> seenAs, String trouble) {}

    private Tenants(
            NetworkSandbox sandbox,
            FabricRoot root,
            Overlay overlay,
            Vtep exit,
            Services services,
            Map<NetworkNamespace, Vtep> leaves,
            Map<Long, NetworkNamespace> hosts) {
        this.sandbox = sandbox;
        this.root = root;
        this.overlay = overlay;
        this.exit = exit;
        this.services = services;
        this.leaves = leaves;
        this.hosts = hosts;
    }

    /**
     * Makes namespaces and devices; no program is started.
     *
     * @param exit the namespace of the router behind the leaves
     * @param leaves those of the leaves
     */
    public static Tenants cable(
            NetworkSandbox sandbox,
            FabricRoot root,
            Overlay overlay,
            NetworkNamespace exit,
            Services services,
            List<NetworkNamespace> leaves)
            throws IOException, InterruptedException {
        Map<Long, NetworkNamespace> hosts = new HashMap<>();
        List<Vtep.Vrf> atExit = new ArrayList<>();
        for (VirtualNetwork network : overlay.networks()) {
            NetworkNamespace host = switch (network.place()) {
                case SERVICES -> services.namespace();
                case EXIT -> sandbox.add(network.vrf(exit.name()));
                case LEAVES -> sandbox.add("host" + network.vni());
            };
            hosts.put(network.vni(), host);
            if (network.place() != VirtualNetwork.Place.LEAVES) {
                atExit.add(new Vtep.Vrf(host, network));
            }
            addAddresses(root, host, network.hostAddresses());
        }
        Vtep exitTunnels = new Vtep(overlay.exit(), "52:54:00:00:02:00", atExit);
        exitTunnels.build(root, exit);
        Map<NetworkNamespace, Vtep> leafTunnels = new LinkedHashMap<>();
        for (int i = 0; i < leaves.size(); i++) {
            NetworkNamespace leaf = leaves.get(i);
            List<Vtep.Vrf> vrfs = new ArrayList<>();
            for (VirtualNetwork network : atLeaves(overlay)) {
                vrfs.add(new Vtep.Vrf(sandbox.add(network.vrf(leaf.name())), network));
            }
            Vtep tunnels = new Vtep(overlay.leaves().get(i), "52:54:00:00:02:0" + (i + 1), vrfs);
            tunnels.build(root, leaf);
            for (Vtep.Vrf vrf : vrfs) {
                connect(root, vrf, host(hosts, vrf.network()), "lan" + i);
            }
            leafTunnels.put(leaf, tunnels);
        }
        for (VirtualNetwork network : atLeaves(overlay)) {
            routeOverAllPorts(root, host(hosts, network), network, leaves.size());
        }
        return new Tenants(sandbox, root, overlay, exitTunnels, services, leafTunnels, hosts);
    }

    private static List<VirtualNetwork> atLeaves(Overlay overlay) {
        return overlay.networks().stream()
                .filter(network -> network.place() == VirtualNetwork.Place.LEAVES)
                .toList();
    }

    private static void addAddresses(FabricRoot root, NetworkNamespace host, List<InetAddress> addresses)
            throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder(FabricRoot.FORWARDING);
        // A port without a cable is none.
        lines.append("sysctl --quiet --write net.ipv4.conf.all.ignore_routes_with_linkdown=1 \\\n")
                .append("    net.ipv6.conf.all.ignore_routes_with_linkdown=1 \\\n")
                .append("    net.ipv4.conf.default.ignore_routes_with_linkdown=1 \\\n")
                .append("    net.ipv6.conf.default.ignore_routes_with_linkdown=1\n");
        for (InetAddress address : addresses) {
            lines.append("ip address add ").append(Prefix.of(address)).append(" dev lo\n");
        }
        root.script(host, lines.toString());
    }

    private static void connect(FabricRoot root, Vtep.Vrf vrf, NetworkNamespace host, String hostPort)
            throws IOException, InterruptedException {
        root.script(
                vrf.namespace(),
                "ip link add %s mtu %d type veth peer name %s mtu %d netns /run/netns/%s\n"
                        .formatted(PORT, Vtep.MTU, hostPort, Vtep.MTU, host.name()));
        root.script(host, """
                ip link set %1$s up
                ip address add %2$s/64 dev %1$s nodad
                """.formatted(hostPort, HOST_END));
        root.script(vrf.namespace(), portUp(vrf));
    }

    private static String portUp(Vtep.Vrf vrf) {
        StringBuilder lines = new StringBuilder("""
                ip link set %1$s up
                ip address replace %2$s/64 dev %1$s nodad
                """.formatted(PORT, LEAF_END));
        for (InetAddress address : vrf.network().hostAddresses()) {
            lines.append("ip route replace %s via inet6 %s dev %s\n".formatted(Prefix.of(address), HOST_END, PORT));
        }
        return lines.toString();
    }

    private static void routeOverAllPorts(FabricRoot root, NetworkNamespace host, VirtualNetwork network, int ports)
            throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        for (boolean ipv4 : new boolean[] {true, false}) {
            Optional<InetAddress> source = firstAddress(network, ipv4);
            if (source.isEmpty()) {
                continue;
            }
            lines.append("ip %s route add default src %s"
                    .formatted(ipv4 ? "-4" : "-6", source.get().getHostAddress()));
            for (int port = 0; port < ports; port++) {
                lines.append(" nexthop via inet6 %s dev lan%d".formatted(LEAF_END, port));
            }
            lines.append('\n');
        }
        root.script(host, lines.toString());
    }

    private static Optional<InetAddress> firstAddress(VirtualNetwork network, boolean ipv4) {
        return network.hostAddresses().stream()
                .filter(address -> address instanceof Inet4Address == ipv4)
                .findFirst();
    }

    public Vtep exit() {
        return exit;
    }

    public Vtep tunnelsOf(NetworkNamespace leaf) {
        return Optional.ofNullable(leaves.get(leaf))
                .orElseThrow(() -> new IllegalArgumentException(leaf.name() + " is no leaf of this overlay."));
    }

    public Overlay overlay() {
        return overlay;
    }

    /**
     * What a network has learned from the firewall, and from nobody else.
     *
     * @return for the name of each VRF on a switch that is this network's, the prefixes that lead to the firewall
     */
    public Map<String, Set<Prefix>> learned(VirtualNetwork network) throws IOException, InterruptedException {
        Map<String, Set<Prefix>> learned = new LinkedHashMap<>();
        for (Vtep.Vrf vrf : vrfs()) {
            if (vrf.network().equals(network)) {
                Set<Prefix> prefixes = new HashSet<>();
                for (String family : List.of("-4", "-6")) {
                    prefixes.addAll(learned(vrf, family));
                }
                learned.put(vrf.namespace().name(), Set.copyOf(prefixes));
            }
        }
        return learned;
    }

    private List<Vtep.Vrf> vrfs() {
        List<Vtep.Vrf> vrfs = new ArrayList<>(exit.vrfs());
        leaves.values().forEach(tunnels -> vrfs.addAll(tunnels.vrfs()));
        return vrfs;
    }

    private Set<Prefix> learned(Vtep.Vrf vrf, String family) throws IOException, InterruptedException {
        JsonNode routes =
                JSON.readTree(root.run(vrf.namespace(), "ip", family, "-json", "route", "show", "proto", "bgp"));
        Set<Prefix> prefixes = new HashSet<>();
        for (JsonNode route : routes) {
            Set<String> gateways = new HashSet<>();
            gateways.add(route.path("gateway").asString(""));
            route.path("nexthops")
                    .forEach(hop -> gateways.add(hop.path("gateway").asString("")));
            gateways.remove("");
            if (gateways.stream().anyMatch(gateway -> !isOfTheFabric(gateway))) {
                String destination = route.path("dst").asString();
                prefixes.add(Prefix.parse(
                        destination.equals("default") ? (family.equals("-4") ? "0.0.0.0/0" : "::/0") : destination));
            }
        }
        return prefixes;
    }

    /** Java makes an IPv4 address of one that is mapped to IPv6, as FRR names the ends of tunnels. */
    private boolean isOfTheFabric(String gateway) {
        InetAddress address = InetAddress.ofLiteral(gateway);
        return address.equals(overlay.exit()) || overlay.leaves().stream().anyMatch(address::equals);
    }

    /** The addresses of a network's host. */
    public List<InetAddress> addresses(VirtualNetwork network) {
        return network.place() == VirtualNetwork.Place.SERVICES ? services.addresses() : network.hostAddresses();
    }

    /** The address of the internet's server. */
    public InetAddress internet(boolean ipv4) {
        return ipv4 ? services.internet() : services.internetSix();
    }

    /** The name of that server, which clients tell it by TLS. */
    public String internetName() {
        return services.internetName();
    }

    /** Has a network's host listen on a TCP port, on all of its addresses, from now on. */
    public void listen(VirtualNetwork at, int port) throws IOException, InterruptedException {
        ListeningPort listening = new ListeningPort(at.vni(), port);
        if (!servers.containsKey(listening)) {
            servers.put(listening, PeerAddressServer.start(sandbox, host(at), port));
        }
    }

    /**
     * Connects to a host that listens, see {@link #listen}.
     *
     * @param source an address of the host that connects
     * @param limit for the connection to be made, and again for what is told over it
     */
    public Attempt connect(VirtualNetwork from, InetAddress source, InetAddress destination, int port, Duration limit)
            throws IOException, InterruptedException {
        StandardProtocolFamily family =
                destination instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try (SocketChannel channel = sandbox.inNamespace(host(from), () -> SocketChannel.open(family))) {
            Socket socket = channel.socket();
            channel.bind(new InetSocketAddress(source, 0));
            int milliseconds = Math.toIntExact(limit.toMillis());
            try {
                socket.connect(new InetSocketAddress(destination, port), milliseconds);
                socket.setSoTimeout(milliseconds);
                String line = new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)
                        .readAllAsString()
                        .strip();
                return line.isEmpty()
                        ? new Attempt(true, Optional.empty(), "it said nothing")
                        : new Attempt(true, Optional.of(InetAddress.ofLiteral(line)), "");
            } catch (IOException e) {
                return new Attempt(socket.isConnected(), Optional.empty(), String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * Fetches the internet's page by HTTPS, whatever its authority.
     *
     * @param source one of the addresses of the network's host
     * @return why that failed; empty if it did not
     */
    public Optional<String> fetchPage(VirtualNetwork from, InetAddress source, Duration limit)
            throws IOException, InterruptedException {
        try {
            String page = root.run(
                    host(from),
                    "curl",
                    "--silent",
                    "--show-error",
                    "--insecure",
                    "--interface",
                    source.getHostAddress(),
                    "--max-time",
                    Long.toString(limit.toSeconds()),
                    "--resolve",
                    services.internetName() + ":443:" + services.internet().getHostAddress(),
                    "https://" + services.internetName() + "/");
            return page.equals(services.page()) ? Optional.empty() : Optional.of("the page is " + page.strip());
        } catch (FaultException failed) {
            return Optional.of(String.valueOf(failed.getMessage()));
        }
    }

    public NetworkNamespace host(VirtualNetwork network) {
        return host(hosts, network);
    }

    private static NetworkNamespace host(Map<Long, NetworkNamespace> hosts, VirtualNetwork network) {
        return Optional.ofNullable(hosts.get(network.vni()))
                .orElseThrow(
                        () -> new IllegalArgumentException("The VNI " + network.vni() + " is not in the overlay."));
    }

    /** Closes what listens. To be done before the sandbox is closed. */
    @Override
    public void close() {
        servers.values().forEach(PeerAddressServer::close);
    }
}
