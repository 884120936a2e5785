package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of one index no more is in memory than what it says, and its bytes while they are read or written: no tree of its JSON. Of
 * many there is one at a time.
 */
final class LargeIndexTest {

    private static final int IMAGES = 20_000;
    private static final int FILES = 3;

    /** The file takes 18 MB. With a tree of its JSON, 160 MB were not enough. */
    private static final String HEAP_FOR_ONE = "-Xmx136m";

    /** As much as is enough for five times as many channels, too. */
    private static final String HEAP_FOR_MANY = "-Xmx40m";

    @TempDir
    private Path directory;

    private static void write(BufferedWriter output, int image) throws IOException {
        output.write("""
                {"os":"os%d","version":"1","published":"2026-11-22T20:00:00Z",\
                "commit":"0123456789abcdef0123456789abcdef01234567","tested":true,"files":[""".formatted(image));
        for (int file = 0; file < FILES; file++) {
            String sha256 = "%064x".formatted(image * FILES + file);
            output.write("""
                    %s{"name":"file-%d","bytes":462512345,"md5":"%032x","sha256":"%s","key":"metal-os/objects/sha256/%s"}\
                    """.formatted(file == 0 ? "" : ",", file, image, sha256, sha256));
        }
        output.write("]}");
    }

    private void write(String channel, int first, int images) throws IOException {
        Path place = Files.createDirectories(directory.resolve("store/metal-os").resolve(channel));
        try (BufferedWriter output = Files.newBufferedWriter(place.resolve("index.json"))) {
            output.write("{\"format\":1,\"channel\":\"" + channel + "\",\"images\":[");
            for (int image = first; image < first + images; image++) {
                output.write(image == first ? "\n" : ",\n");
                write(output, image);
            }
            output.write("]}");
        }
    }

    private void assertIsEnough(String heap) throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        heap,
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeIndexProcess.class.getName(),
                        directory.resolve("store").toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int exitCode = process.waitFor();
        assertThat(output).content().startsWith("seen " + IMAGES + "\nseen " + IMAGES + "\nchanged ");
        assertThat(exitCode).isZero();
    }

    @Test
    void ofOneChannel() throws Exception {
        write("stable", 0, IMAGES);
        assertIsEnough(HEAP_FOR_ONE);
    }

    @Test
    void ofManyChannels() throws Exception {
        for (int channel = 0; channel < 200; channel++) {
            write("pull_requests/number-" + channel, channel * IMAGES / 200, IMAGES / 200);
        }
        assertIsEnough(HEAP_FOR_MANY);
    }
}
