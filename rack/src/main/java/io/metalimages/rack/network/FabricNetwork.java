package io.metalimages.rack.network;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.NetworkCard;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Two leaf switches, and services behind them. */
public record FabricNetwork(Fabric fabric) implements GuestNetwork {

    /**
     * Opens a fabric.
     *
     * @param root see {@link Fabric#open}
     * @param overlay likewise
     */
    public static FabricNetwork open(WorkDirectory work, Path root, Optional<Overlay> overlay)
            throws IOException, InterruptedException {
        return new FabricNetwork(Fabric.open(work, root, overlay));
    }

    private static final int SERVER_PORT = 8080;

    @Override
    public Launcher launcher() {
        NetworkSandbox sandbox = fabric.sandbox();
        return (command, log) -> sandbox.start(
                sandbox.rack(),
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
        return fabric.sandbox()
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
