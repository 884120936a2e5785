package io.metalimages.supplychain.packages;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.FaultException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases that are small enough to be read, and made to take memory. They are read by a program that has little. */
final class HostileDatabaseTest {

    private static final int LARGEST = 64 << 20;

    @TempDir
    private Path directory;

    private DebianTree tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = new DebianTree(directory);
    }

    /** Reads the database of a tree, and prints how many packages it has, or what is wrong. */
    static final class Reading {
        private Reading() {}

        public static void main(String[] arguments) throws IOException {
            try {
                System.out.println(
                        DpkgDatabase.read(Path.of(arguments[0])).map(List::size).orElse(0));
            } catch (FaultException fault) {
                System.out.println(fault.getMessage());
            }
        }
    }

    /** Text of which there is as much as fits. */
    @FunctionalInterface
    private interface Filling {
        String part(int number);
    }

    private void fill(String start, Filling filling) throws IOException {
        Path status = tree.root().resolve("var/lib/dpkg/status");
        try (OutputStream output = new BufferedOutputStream(Files.newOutputStream(status))) {
            byte[] part = start.getBytes(StandardCharsets.UTF_8);
            for (int number = 0, size = part.length; size <= LARGEST; size += part.length, number++) {
                output.write(part);
                part = filling.part(number).getBytes(StandardCharsets.UTF_8);
            }
        }
    }

    private String read() throws IOException, InterruptedException {
        Process reader = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reading.class.getName(),
                        tree.root().toString())
                .redirectErrorStream(true)
                .start();
        reader.getOutputStream().close();
        String output = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        reader.waitFor();
        return output.strip();
    }

    @Test
    void tinyFieldsAreCounted() throws Exception {
        fill("Package: a\n", number -> Integer.toString(number, Character.MAX_RADIX) + ":\n");
        assertThat(read())
                .isEqualTo("The image's var/lib/dpkg/status is no database of dpkg: it has a paragraph with more than "
                        + "1000 fields.");
    }

    @Test
    void tinyPackagesAreCounted() throws Exception {
        fill(
                "Package: a\nVersion: 1\n\n",
                number -> "Package:a" + Integer.toString(number, Character.MAX_RADIX) + "\nVersion:1\n\n");
        assertThat(read())
                .isEqualTo(
                        "The image's var/lib/dpkg/status is no database of dpkg: it has more than 200000 paragraphs.");
    }

    @Test
    void oneLongFieldIsNotReadWhole() throws Exception {
        fill("Package: ü\nDescription: ", number -> "ü".repeat(1000));
        assertThat(read())
                .isEqualTo("The image's var/lib/dpkg/status is no database of dpkg: it has a paragraph of more than "
                        + "4 Mi characters.");
    }

    @Test
    void largeDatabaseIsRead() throws Exception {
        fill("", number -> "Package: a" + number + "\nVersion: 1\nDescription: " + "ü ".repeat(1000) + "\n\n");
        assertThat(Integer.parseInt(read())).isGreaterThan(20_000);
    }
}
