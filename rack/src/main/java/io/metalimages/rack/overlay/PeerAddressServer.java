package io.metalimages.rack.overlay;

import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;

/** A TCP server that tells each client the address that it sees it come from, in one line. */
public final class PeerAddressServer implements AutoCloseable {

    private final ServerSocketChannel channel;

    private PeerAddressServer(ServerSocketChannel channel) {
        this.channel = channel;
    }

    /** Listens on a port of all addresses of a namespace. To be closed before the sandbox is. */
    public static PeerAddressServer start(NetworkSandbox sandbox, NetworkNamespace namespace, int port)
            throws IOException, InterruptedException {
        ServerSocketChannel channel = sandbox.inNamespace(namespace, ServerSocketChannel::open);
        PeerAddressServer server = new PeerAddressServer(channel);
        try {
            channel.bind(new InetSocketAddress(port));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        Thread.ofPlatform()
                .daemon()
                .name("port " + port + " in " + namespace.name())
                .start(server::serve);
        return server;
    }

    private void serve() {
        ServerSocket socket = channel.socket();
        while (channel.isOpen()) {
            try (Socket client = socket.accept()) {
                String line = client.getInetAddress().getHostAddress() + "\n";
                client.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException gone) {
                // The client, or this server: then the channel is closed.
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("A server of the rack could not be closed.", e);
        }
    }
}
