package io.metalimages.rack.network;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.NetworkCard;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * How a machine is connected: to the switches of a {@link Fabric}, or, where there can't be one, to a network that QEMU
 * imitates. Not thread-safe.
 */
public sealed interface GuestNetwork extends AutoCloseable {

    /** The machine's network cards, lan0 first. */
    List<NetworkCard> cards();

    /** What is at the other end of their cables. */
    List<Port> ports();

    /** Starts programs where the cards' other ends are. */
    Launcher launcher();

    /** A server, not started yet, that the hammer reaches. */
    HttpServer server() throws IOException, InterruptedException;

    /** The hammer's way to {@link #server}, up to the slash that every path begins with. */
    String serverUrl();

    /**
     * The address, with its number of bits, that the first card needs for the machine to be reached: the hammer's, and
     * beside its own ones the installed system's. Empty if none is needed.
     */
    Optional<String> cardAddress();

    List<String> dnsServers();

    List<String> ntpServers();

    /**
     * A way into the machine once it has booted.
     *
     * @param address the machine's own
     */
    SecureShell shell(WorkDirectory work, String address) throws IOException, InterruptedException;

    /** A way into a machine that has no routes, because BGP fails; empty if {@link #shell} needs none. */
    Optional<SecureShell> shellWithoutRoutes(WorkDirectory work) throws IOException, InterruptedException;

    /** What the machine can reach beyond; empty if nothing. */
    Optional<Internet> internet(Path scratch) throws IOException;

    @Override
    void close();

    /** Two leaf switches, and services behind them. */
    record Switches(Fabric fabric) implements GuestNetwork {

        /**
         * Opens a fabric.
         *
         * @param root see {@link Fabric#open}
         */
        public static Switches open(WorkDirectory work, Path root) throws IOException, InterruptedException {
            return new Switches(Fabric.open(work, root));
        }

        private static final int SERVER_PORT = 8080;

        @Override
        public Launcher launcher() {
            Enclosure enclosure = fabric.enclosure();
            return (command, log) -> enclosure.start(
                    enclosure.rack(),
                    new ProcessBuilder(command)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        }

        @Override
        public List<NetworkCard> cards() {
            return fabric.leaves().stream()
                    .<NetworkCard>map(leaf -> new NetworkCard.Tap(leaf.tap(), leaf.mac()))
                    .toList();
        }

        @Override
        public List<Port> ports() {
            AtomicInteger number = new AtomicInteger();
            return fabric.leaves().stream()
                    .map(leaf -> new Port("lan" + number.getAndIncrement(), leaf.mac(), leaf.name(), leaf.portMac()))
                    .toList();
        }

        @Override
        public HttpServer server() throws IOException, InterruptedException {
            return fabric.enclosure()
                    .inNamespace(
                            fabric.leaves().getFirst().namespace(),
                            () -> HttpServer.create(new InetSocketAddress(SERVER_PORT), 0));
        }

        @Override
        public String serverUrl() {
            return "http://[" + LeafSwitch.PROVISIONING + "%eth0]:" + SERVER_PORT;
        }

        @Override
        public Optional<String> cardAddress() {
            return Optional.empty();
        }

        @Override
        public List<String> dnsServers() {
            return List.of(fabric.dnsServer().getHostAddress());
        }

        @Override
        public List<String> ntpServers() {
            return List.of(fabric.ntpServer().getHostAddress());
        }

        @Override
        public SecureShell shell(WorkDirectory work, String address) throws IOException, InterruptedException {
            return shell(work, fabric.services(), address);
        }

        /** From the first leaf, by the link-local address that the machine derives from its card's. */
        @Override
        public Optional<SecureShell> shellWithoutRoutes(WorkDirectory work) throws IOException, InterruptedException {
            Leaf leaf = fabric.leaves().getFirst();
            return Optional.of(shell(work, leaf.namespace(), linkLocal(leaf.mac()) + "%" + LeafSwitch.PORT));
        }

        private SecureShell shell(WorkDirectory work, NetworkNamespace from, String address)
                throws IOException, InterruptedException {
            Path directory = Files.createTempDirectory(fabric.shared(), "ssh");
            return SecureShell.open(
                    work.launcher(),
                    new SecureShell.Place(
                            command -> fabric.command(from, command),
                            directory,
                            Path.of("/fabric").resolve(directory.getFileName())),
                    address,
                    SSH_PORT);
        }

        /** RFC 4291, appendix A: the address with {@code ff:fe} in its middle and one bit turned over. */
        private static String linkLocal(String mac) {
            int[] bytes = Stream.of(mac.split(":"))
                    .mapToInt(pair -> Integer.parseInt(pair, 16))
                    .toArray();
            return "fe80::%x:%x:%x:%x"
                    .formatted(
                            (bytes[0] ^ 2) << 8 | bytes[1],
                            bytes[2] << 8 | 0xff,
                            0xfe << 8 | bytes[3],
                            bytes[4] << 8 | bytes[5]);
        }

        @Override
        public Optional<Internet> internet(Path scratch) throws IOException {
            Path authority = Files.writeString(
                    scratch.resolve("authority.pem"), fabric.internet().certificateAuthority());
            return Optional.of(new Internet(
                    fabric.internet().url(), List.of(InternetServer.ADDRESS, InternetServer.ADDRESS_SIX), authority));
        }

        @Override
        public void close() {
            fabric.close();
        }
    }

    /**
     * A network that QEMU imitates: the machine is reached by ssh, and reaches nothing.
     *
     * @param sshPort of this machine's loopback address
     */
    record Imitated(Launcher launcher, int sshPort, AtomicInteger serverPort) implements GuestNetwork {

        /** Where QEMU looks for the machine, see its manual on user networking. */
        private static final String MACHINE = "10.0.2.15";

        private static final String THIS_HOST = "10.0.2.2";
        private static final List<String> MACS = List.of("52:54:00:00:00:01", "52:54:00:00:00:02");

        public static Imitated open(Launcher launcher, OptionalInt sshPort) throws IOException {
            return new Imitated(launcher, requireFree(sshPort), new AtomicInteger());
        }

        /**
         * Finds out whether a port of the loopback address can be had.
         *
         * @param port empty for any that is free
         * @return the port
         * @throws FaultException if another program listens on it
         */
        public static int requireFree(OptionalInt port) throws IOException {
            try (ServerSocket free = new ServerSocket(port.orElse(0), 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException e) {
                throw FaultException.wrongInput(
                        "The port " + port.orElse(0) + " of 127.0.0.1 can't be had for ssh: " + e.getMessage() + ".",
                        "Name another one, or none: then a free one is taken.");
            }
        }

        @Override
        public List<NetworkCard> cards() {
            return List.of(
                    new NetworkCard.UserNetwork(MACS.getFirst(), Map.of(sshPort, SSH_PORT)),
                    new NetworkCard.UserNetwork(MACS.getLast(), Map.of()));
        }

        @Override
        public List<Port> ports() {
            return List.of(
                    new Port("lan0", MACS.getFirst(), "leaf1", "52:54:00:00:01:01"),
                    new Port("lan1", MACS.getLast(), "leaf2", "52:54:00:00:01:02"));
        }

        @Override
        public HttpServer server() throws IOException {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            serverPort.set(server.getAddress().getPort());
            return server;
        }

        @Override
        public String serverUrl() {
            return "http://" + THIS_HOST + ":" + serverPort.get();
        }

        @Override
        public Optional<String> cardAddress() {
            return Optional.of(MACHINE + "/24");
        }

        @Override
        public List<String> dnsServers() {
            return List.of("10.0.2.3");
        }

        @Override
        public List<String> ntpServers() {
            return List.of(THIS_HOST);
        }

        @Override
        public SecureShell shell(WorkDirectory work, String address) throws IOException, InterruptedException {
            Path directory = work.newDirectory("ssh");
            return SecureShell.open(work.launcher(), SecureShell.Place.here(directory), "127.0.0.1", sshPort);
        }

        @Override
        public Optional<SecureShell> shellWithoutRoutes(WorkDirectory work) {
            return Optional.empty();
        }

        @Override
        public Optional<Internet> internet(Path scratch) {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    /** Where the machine listens for ssh. */
    int SSH_PORT = 22;
}
