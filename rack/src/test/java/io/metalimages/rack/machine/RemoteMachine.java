package io.metalimages.rack.machine;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;

/** An ssh server of this process, which lets in the user metal and runs what he wants as the user of this test. */
public final class RemoteMachine implements AutoCloseable {

    private final SshServer server = SshServer.setUpDefaultServer();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> authorizedKeys = new CopyOnWriteArrayList<>();

    /**
     * Starts a server.
     *
     * @param port 0 for any
     * @param beforehand what the shell does before each command
     */
    public RemoteMachine(int port, KeyPair hostKey, String beforehand) throws IOException {
        server.setHost("127.0.0.1");
        server.setPort(port);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setPublickeyAuthenticator((user, key, session) ->
                user.equals(SecureShell.USER) && authorizedKeys.stream().anyMatch(line -> isKey(line, key)));
        server.setCommandFactory((channel, command) -> new ShellCommand(beforehand + "\n" + command));
        server.setChannelFactories(List.of(new ExitStatusFirst()));
        server.addSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session) {
                connections.incrementAndGet();
            }
        });
        server.start();
    }

    private static boolean isKey(String line, PublicKey key) {
        try {
            return KeyUtils.compareKeys(
                    AuthorizedKeyEntry.parseAuthorizedKeyEntry(line)
                            .resolvePublicKey(null, PublicKeyEntryResolver.FAILING),
                    key);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("The test's authorized key is wrong: " + line, e);
        }
    }

    public static KeyPair hostKey() {
        try {
            return KeyUtils.generateKeyPair(KeyPairProvider.ECDSA_SHA2_NISTP256, 256);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JDK makes no ECDSA keys.", e);
        }
    }

    /** Skips the test if this machine has no ssh. */
    public static void assumeClient() {
        Host.assumeInstalled("ssh", "openssh-client");
    }

    public void authorize(String publicKey) {
        authorizedKeys.add(publicKey);
    }

    public int port() {
        return server.getPort();
    }

    /** How many connections were made. */
    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    /**
     * Sends the exit status and then closes the channel. The library's own channels say before that nothing more will come:
     * a client that has nothing more to say either then closes them, and takes what follows for an error of the protocol
     * that ends all its channels.
     */
    private static final class ExitStatusFirst extends ChannelSessionFactory {

        @Override
        public Channel createChannel(Session session) {
            return new ChannelSession() {
                @Override
                protected void closeShell(int status, boolean immediately) throws IOException {
                    if (!isClosing()) {
                        sendExitStatus(status);
                        commandExitFuture.setClosed();
                        close(immediately);
                    }
                }
            };
        }
    }

    /**
     * A command, run by a shell. The library's own way to run one, a loop over what streams say is available, loses output
     * and exit statuses of commands that end at once.
     */
    private static final class ShellCommand implements Command {

        private final String command;
        private InputStream input = InputStream.nullInputStream();
        private OutputStream output = OutputStream.nullOutputStream();
        private OutputStream errors = OutputStream.nullOutputStream();
        private ExitCallback exit = (status, message, immediately) -> {};

        @Nullable
        private Process process;

        ShellCommand(String command) {
            this.command = command;
        }

        @Override
        public void setInputStream(InputStream stream) {
            input = stream;
        }

        @Override
        public void setOutputStream(OutputStream stream) {
            output = stream;
        }

        @Override
        public void setErrorStream(OutputStream stream) {
            errors = stream;
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            exit = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) throws IOException {
            Process started = new ProcessBuilder("/bin/sh", "-c", command).start();
            process = started;
            Thread.ofPlatform().daemon().start(() -> {
                pass(input, started.getOutputStream());
                closeInput(started);
            });
            Thread reader = Thread.ofPlatform().daemon().start(() -> pass(started.getInputStream(), output));
            Thread errorReader = Thread.ofPlatform().daemon().start(() -> pass(started.getErrorStream(), errors));
            Thread.ofPlatform().daemon().start(() -> {
                int status = started.onExit().join().exitValue();
                try {
                    reader.join();
                    errorReader.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                exit.onExit(status);
            });
        }

        private static void closeInput(Process process) {
            try {
                process.getOutputStream().close();
            } catch (IOException endedMeanwhile) {
                return;
            }
        }

        /**
         * A program may end, and a client may leave, before all is said: then the rest is read all the same, as sshd
         * does. To close what is read from would break the connection.
         */
        private static void pass(InputStream from, OutputStream to) {
            try {
                byte[] buffer = new byte[65_536];
                boolean isWanted = true;
                for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                    isWanted = isWanted && isWritten(buffer, read, to);
                }
            } catch (IOException goneMeanwhile) {
                return;
            }
        }

        private static boolean isWritten(byte[] buffer, int length, OutputStream to) {
            try {
                to.write(buffer, 0, length);
                to.flush();
                return true;
            } catch (IOException nobodyListens) {
                return false;
            }
        }

        @Override
        public void destroy(ChannelSession channel) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
