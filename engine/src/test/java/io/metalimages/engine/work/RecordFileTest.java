package io.metalimages.engine.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFileTest {

    private record Sample(String name, Map<String, String> parts) {}

    private static final Sample SAMPLE = new Sample("Käse\n\"\u2028", Map.of("a", "b", "c", ""));

    @TempDir
    Path directory;

    @Test
    void isReadAsItWasWritten() throws Exception {
        Path file = directory.resolve("record.json");
        RecordFile.write(file, SAMPLE);
        assertThat(RecordFile.read(file, Sample.class)).contains(SAMPLE);
    }

    @Test
    void isAbsentWhenItIsCutAtAnyLengthOrWhenAnyByteIsAnother() throws Exception {
        Path file = directory.resolve("record.json");
        RecordFile.write(file, SAMPLE);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(RecordFile.read(file, Sample.class))
                    .as("cut at " + length)
                    .isEmpty();

            Files.write(file, Arrays.copyOf(Arrays.copyOf(whole, length), whole.length));
            assertThat(RecordFile.read(file, Sample.class))
                    .as("zeros from " + length)
                    .isEmpty();

            byte[] other = whole.clone();
            other[length] ^= 0x11;
            Files.write(file, other);
            assertThat(RecordFile.read(file, Sample.class))
                    .as("another byte at " + length)
                    .isEmpty();
        }
    }

    @Test
    void isAbsentWhenItIsOfAnotherForm() throws Exception {
        Path file = directory.resolve("record.json");
        RecordFile.write(file, Map.of("name", "no parts"));
        assertThat(RecordFile.read(file, Sample.class)).isEmpty();
        RecordFile.write(file, Map.of("name", "x", "parts", "a text"));
        assertThat(RecordFile.read(file, Sample.class)).isEmpty();
        assertThat(RecordFile.read(directory.resolve("none"), Sample.class)).isEmpty();
    }
}
