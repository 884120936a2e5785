package io.metalimages.common.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks between threads and between processes. */
class KeyLocksTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = 40;

    @TempDir
    Path directory;

    /** Holds the lock {@code mine} until a line comes, while another thread waits for {@code theirs}. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            KeyLocks locks = KeyLocks.distinct(Path.of(arguments[0]));
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                CountDownLatch holding = new CountDownLatch(1);
                Future<Integer> held = threads.submit(() -> locks.exclusively("mine", () -> {
                    holding.countDown();
                    return System.in.read();
                }));
                holding.await();
                Future<String> other = threads.submit(() -> {
                    System.out.println("holds");
                    return locks.exclusively("theirs", () -> "got it");
                });
                held.get();
                System.out.println(other.get());
            }
        }
    }

    /** Adds one to the number in a file, so often that it shows when two do it at once. */
    static final class Counting {
        public static void main(String[] arguments) throws Exception {
            count(Path.of(arguments[0]));
        }

        static void count(Path directory) throws IOException, InterruptedException {
            KeyLocks locks = KeyLocks.shared(directory);
            Path file = directory.resolve("number");
            for (int round = 0; round < ROUNDS; round++) {
                locks.exclusively("number", () -> {
                    int number = Files.exists(file) ? Integer.parseInt(Files.readString(file)) : 0;
                    return Files.writeString(file, Integer.toString(number + 1));
                });
            }
        }
    }

    private Process start(Class<?> main) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Test
    void threadsThatHaveNothingToDoWithEachOtherAreNoDeadlock() throws Exception {
        KeyLocks locks = KeyLocks.distinct(directory);
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        Process other = start(Holder.class);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                BufferedReader said = other.inputReader()) {
            Future<String> held = threads.submit(() -> locks.exclusively("theirs", () -> {
                holding.countDown();
                enough.await();
                return "held";
            }));
            holding.await();
            assertThat(said.readLine()).isEqualTo("holds");
            Future<String> waiting = threads.submit(() -> locks.exclusively("mine", () -> "got it"));
            // Each process now holds what a thread of the other waits for: a deadlock only for who looks at processes.
            Thread.sleep(300);
            assertThat(waiting).isNotDone();
            enough.countDown();
            assertThat(held.get()).isEqualTo("held");
            other.outputWriter().append("\n").flush();
            assertThat(waiting.get()).isEqualTo("got it");
            assertThat(said.readLine()).isEqualTo("got it");
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void onlyOneAtATimeWorksUnderAName() throws Exception {
        List<Process> others = List.of(start(Counting.class), start(Counting.class));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> counting = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                counting.add(threads.submit(() -> {
                    Counting.count(directory);
                    return null;
                }));
            }
            for (Future<?> count : counting) {
                count.get();
            }
        }
        for (Process other : others) {
            assertThat(other.waitFor()).isZero();
        }
        assertThat(directory.resolve("number")).hasContent(Integer.toString((THREADS + others.size()) * ROUNDS));
    }

    @Test
    void closingTheFileElsewhereDoesNotDropTheLock() throws Exception {
        Path file = directory.resolve("lock");
        LockFile held = LockFile.exclusive(file);
        assertThat(LockFile.tryExclusive(file)).isEmpty();
        assertThat(LockFile.tryShared(file)).isEmpty();
        Files.readAllBytes(file);
        assertThat(LockFile.tryExclusive(file)).as("by another who opened it").isEmpty();
        held.close();
        held.close();
        LockFile.tryExclusive(file).orElseThrow().close();
    }

    @Test
    void manyMayShareALock() throws Exception {
        Path file = directory.resolve("lock");
        LockFile first = LockFile.shared(file);
        LockFile second = LockFile.shared(file);
        assertThat(LockFile.tryExclusive(file)).isEmpty();
        second.close();
        assertThat(LockFile.tryExclusive(file)).as("one is left").isEmpty();
        first.close();
        LockFile.tryExclusive(file).orElseThrow().close();
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        Path file = directory.resolve("lock");
        try (LockFile _ = LockFile.exclusive(file);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> waiting = threads.submit(() -> LockFile.exclusive(file));
            Thread.sleep(50);
            threads.shutdownNow();
            assertThatThrownBy(waiting::get).hasCauseInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path target = directory.resolve("target");
        Path link = Files.createSymbolicLink(directory.resolve("link"), target);
        assertThatThrownBy(() -> LockFile.exclusive(link)).isInstanceOf(IOException.class);
        assertThat(target).doesNotExist();
    }
}
