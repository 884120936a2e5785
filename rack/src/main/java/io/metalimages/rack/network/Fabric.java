package io.metalimages.rack.network;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.Services;
import io.metalimages.rack.overlay.Tenants;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The network of a rack: two leaf switches, and the services behind them.
 *
 * <pre>
 *   machine ── tap ─┬─ leaf1 ─┬─ services: DNS, NTP, an internet, the operator
 *           └─ tap ─┴─ leaf2 ─┘
 * </pre>
 *
 * <p>For a firewall there is an {@link Overlay} besides. The services are then in a VRF, behind an exit, and reach the firewall
 * by VXLAN as the servers of its {@link Tenants} do:
 *
 * <pre>
 *              ┌ leaf1 ─┬─ exit ─ services
 *   firewall ──┤   │    │
 *              └ leaf2 ─┘
 *                  │
 *               tenants
 * </pre>
 *
 * <p>Each of them is a network namespace with an FRR of its own, and its own autonomous system. They speak BGP
 * unnumbered: there are no addresses but link-local ones between them. The services announce a default route, which the
 * leaves pass on to the machine; what the machine announces takes the way back. A tap leads to its leaf's port over a bridge,
 * so QEMU may come and go. Everything is in a {@link NetworkSandbox}, and ends with it. Thread-safe.
 */
public final class Fabric implements AutoCloseable {

    private static final String SERVICES = "services";
    private static final String EXIT = "exit";
    private static final long EXIT_NUMBER = 4_200_000_001L;

    /** Where connections from the services begin. */
    private static final String OPERATOR = "192.0.2.10";

    private static final Duration ROUTES_LIMIT = Duration.ofMinutes(2);

    private final NetworkSandbox sandbox;
    private final FabricRoot root;
    private final List<LeafSwitch> switches;
    private final NetworkNamespace services;
    private final Router exit;
    private final InternetServer internet;
    private final Optional<Tenants> tenants;

    private Fabric(
            NetworkSandbox sandbox,
            FabricRoot root,
            List<LeafSwitch> switches,
            NetworkNamespace services,
            Router exit,
            InternetServer internet,
            Optional<Tenants> tenants) {
        this.sandbox = sandbox;
        this.root = root;
        this.switches = List.copyOf(switches);
        this.services = services;
        this.exit = exit;
        this.internet = internet;
        this.tenants = tenants;
    }

    /**
     * Opens a fabric. When this returns, the services serve, and both leaves have their routes.
     *
     * @param root the root file system of the switches and the services, see {@code rack/fabric/Dockerfile}
     * @param overlay what the fabric carries for a firewall; empty for another machine
     * @throws FaultException of the category {@code MISSING_ON_MACHINE} if the system gives this user no namespaces or no
     *     tap devices, and of {@code FAILED_WORK} if a program does not start
     */
    static Fabric open(WorkDirectory work, Path root, Optional<Overlay> overlay)
            throws IOException, InterruptedException {
        requireTunnels();
        NetworkSandbox sandbox = NetworkSandbox.open(work);
        try {
            return open(sandbox, FabricRoot.in(sandbox, root, work), overlay);
        } catch (IOException | InterruptedException | RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    /** Why this machine can have no fabric, as a sentence; empty if it can. */
    public static Optional<String> obstacle(WorkDirectory work) throws IOException, InterruptedException {
        try {
            requireTunnels();
            NetworkSandbox.open(work).close();
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

    private static Fabric open(NetworkSandbox sandbox, FabricRoot root, Optional<Overlay> overlay)
            throws IOException, InterruptedException {
        NetworkNamespace services = sandbox.add(SERVICES);
        addAddresses(root, services);
        // Where there is an overlay, the services are in a VRF of it.
        NetworkNamespace exit = overlay.isEmpty() ? services : sandbox.add(EXIT);
        root.script(exit, FabricRoot.FORWARDING);
        root.script(
                sandbox.rack(),
                "sysctl --quiet --write net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        List<Leaf> leaves = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            Leaf leaf = new Leaf(
                    "leaf" + number,
                    EXIT_NUMBER + number,
                    "10.255.0." + number,
                    sandbox.add("leaf" + number),
                    "52:54:00:00:01:0" + number,
                    "nic" + (number - 1),
                    "52:54:00:00:00:0" + number);
            LeafSwitch.cable(root, leaf, sandbox.rack(), exit);
            leaves.add(leaf);
        }
        Optional<Tenants> tenants = overlay.isEmpty()
                ? Optional.empty()
                : Optional.of(Tenants.cable(
                        sandbox,
                        root,
                        overlay.get(),
                        exit,
                        behindExit(services),
                        leaves.stream().map(Leaf::namespace).toList()));
        Router router = Router.start(
                root,
                exit,
                new RouterConfiguration(
                        exit.name(),
                        EXIT_NUMBER,
                        OPERATOR,
                        leaves.stream().map(Leaf::name).toList(),
                        overlay.isEmpty(),
                        tenants.map(Tenants::exit)));
        List<LeafSwitch> switches = new ArrayList<>();
        for (Leaf leaf : leaves) {
            switches.add(LeafSwitch.start(root, leaf, tenants.map(those -> those.tunnelsOf(leaf.namespace()))));
        }
        NameServer.start(root, services);
        TimeServer.start(root, services);
        InternetServer internet = InternetServer.start(sandbox, root, services);
        try {
            List<String> farRoutes = overlay.map(
                            those -> List.of(Prefix.of(those.exit()).toString()))
                    .orElse(List.of("0.0.0.0/0", "::/0"));
            for (LeafSwitch leaf : switches) {
                leaf.awaitRoutes(farRoutes, ROUTES_LIMIT);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            internet.close();
            throw e;
        }
        return new Fabric(sandbox, root, switches, services, router, internet, tenants);
    }

    private static void addAddresses(FabricRoot root, NetworkNamespace services)
            throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder(FabricRoot.FORWARDING);
        for (InetAddress address : serviceAddresses()) {
            lines.append("ip address add ").append(Prefix.of(address)).append(" dev lo\n");
        }
        root.script(services, lines.toString());
    }

    /** The operator's is the first one, with which connections from the services begin. */
    private static List<InetAddress> serviceAddresses() {
        return Stream.of(
                        OPERATOR,
                        NameServer.ADDRESS,
                        TimeServer.ADDRESS,
                        InternetServer.ADDRESS,
                        NameServer.ADDRESS_SIX,
                        TimeServer.ADDRESS_SIX,
                        InternetServer.ADDRESS_SIX)
                .map(InetAddress::ofLiteral)
                .toList();
    }

    private static Services behindExit(NetworkNamespace services) {
        return new Services(
                services,
                serviceAddresses(),
                InetAddress.ofLiteral(InternetServer.ADDRESS),
                InetAddress.ofLiteral(InternetServer.ADDRESS_SIX),
                InternetServer.NAME,
                InternetServer.PAGE);
    }

    FabricRoot root() {
        return root;
    }

    /** Where QEMU belongs: its network namespace {@link NetworkSandbox#rack()} has the taps. */
    NetworkSandbox sandbox() {
        return sandbox;
    }

    /** The two leaf switches. The machine's first network card belongs to the first one's tap. */
    public List<Leaf> leaves() {
        return switches.stream().map(LeafSwitch::leaf).toList();
    }

    /** A directory that programs of {@link #command} see as {@code /fabric}; their configuration and logs are in it. */
    Path shared() {
        return root.shared();
    }

    /** An address that answers DNS queries, for the services' names and no other name. */
    InetAddress dnsServer() {
        return InetAddress.ofLiteral(NameServer.ADDRESS);
    }

    /** An address that tells the time, which is this machine's. */
    InetAddress ntpServer() {
        return InetAddress.ofLiteral(TimeServer.ADDRESS);
    }

    /** What the machine can reach beyond. Its authority is made anew for each fabric. */
    InternetServer internet() {
        return internet;
    }

    /** The servers that a firewall stands between; empty in a fabric without an overlay. */
    public Optional<Tenants> tenants() {
        return tenants;
    }

    /** The network namespace behind the leaves, from which the machine is reached by the routes that it announces. */
    NetworkNamespace services() {
        return services;
    }

    /**
     * A command line that runs a program in one of the fabric's network namespaces, and in its root file system, which has
     * {@code ssh}, {@code curl} and {@code ping}; its files have to be in {@link #shared}.
     */
    List<String> command(NetworkNamespace namespace, List<String> command) {
        return sandbox.command(namespace, root.command(command));
    }

    /** The sessions with the machine, one for each leaf, as the leaves see them. */
    public List<BgpSession> sessions() throws IOException, InterruptedException {
        List<BgpSession> sessions = new ArrayList<>();
        for (LeafSwitch leaf : switches) {
            sessions.add(leaf.session());
        }
        return List.copyOf(sessions);
    }

    /** What the machine has announced by LLDP, for each leaf that has heard of it lately. */
    public List<LldpNeighbor> lldpNeighbors() throws IOException, InterruptedException {
        List<LldpNeighbor> neighbors = new ArrayList<>();
        for (LeafSwitch leaf : switches) {
            leaf.neighbor().ifPresent(neighbors::add);
        }
        return List.copyOf(neighbors);
    }

    /** The leaves over which the services reach an address of the machine. */
    List<Leaf> waysBack(InetAddress address) throws IOException, InterruptedException {
        List<String> ways = exit.ways(address.getHostAddress() + (address instanceof Inet6Address ? "/128" : "/32"));
        return leaves().stream().filter(leaf -> ways.contains(leaf.name())).toList();
    }

    /** Takes a leaf out of service as if it had lost its power: nothing comes from its ports any more. */
    public void cut(Leaf leaf) throws IOException, InterruptedException {
        running(leaf).cut();
    }

    /** Brings a leaf back. */
    public void restore(Leaf leaf) throws IOException, InterruptedException {
        running(leaf).restore();
    }

    private LeafSwitch running(Leaf leaf) {
        return switches.stream()
                .filter(candidate -> candidate.leaf().equals(leaf))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(leaf.name() + " is no leaf of this fabric."));
    }

    /** Ends everything in the fabric, machines included. */
    @Override
    public void close() {
        tenants.ifPresent(Tenants::close);
        internet.close();
        sandbox.close();
    }
}
