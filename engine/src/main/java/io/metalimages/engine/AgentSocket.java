package io.metalimages.engine;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A socket that leads to an SSH agent of the user, for as long as it is open. */
final class AgentSocket implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 14;

    private final ServerSocketChannel server;
    private final Path agent;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    /**
     * Opens a socket.
     *
     * @param socket where; there is nothing yet
     * @param agent the socket that the agent listens at
     */
    AgentSocket(Path socket, Path agent) throws IOException {
        this.agent = agent;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().name("SSH agent").start(this::accept);
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(SocketChannel client) {
        try (client;
                SocketChannel toAgent = SocketChannel.open(UnixDomainSocketAddress.of(agent))) {
            open.add(client);
            open.add(toAgent);
            Thread requests = Thread.ofVirtual().start(() -> forward(client, toAgent));
            forward(toAgent, client);
            requests.interrupt();
        } catch (IOException e) {
            // Whoever asked sees that nobody answers.
        } finally {
            open.remove(client);
        }
    }

    private static void forward(SocketChannel from, SocketChannel to) {
        ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES);
        try {
            while (from.read(bytes) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                bytes.clear();
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // One side is gone, and with it the connection.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel channel : open) {
            channel.close();
        }
    }
}
