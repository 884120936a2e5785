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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network that QEMU imitates: the machine is reached by ssh, and reaches nothing.
 *
 * @param sshPort of this machine's loopback address
 */
public record UserModeNetwork(Launcher launcher, int sshPort, AtomicInteger serverPort) implements GuestNetwork {

    /** Where QEMU looks for the machine, see its manual on user networking. */
    private static final String MACHINE = "10.0.2.15";

    private static final String THIS_HOST = "10.0.2.2";
    private static final List<String> MACS = List.of("52:54:00:00:00:01", "52:54:00:00:00:02");

    public static UserModeNetwork open(Launcher launcher, OptionalInt sshPort) throws IOException {
        return new UserModeNetwork(launcher, requireFree(sshPort), new AtomicInteger());
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
