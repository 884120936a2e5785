package io.metalimages.rack.network;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.rack.machine.Launcher;
import io.metalimages.rack.machine.NetworkCard;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a machine is connected: to the switches of a {@link Fabric}, or, where there can't be one, to a network that QEMU
 * imitates. Not thread-safe.
 */
public sealed interface GuestNetwork extends AutoCloseable permits FabricNetwork, UserModeNetwork {

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

    /** Where the machine listens for ssh. */
    int SSH_PORT = 22;
}
