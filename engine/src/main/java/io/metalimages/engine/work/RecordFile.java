package io.metalimages.engine.work;

import io.metalimages.common.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A small JSON file in the state directory with the digest of its content, so that one which is cut off, empty or overwritten
 * is told from a whole one. Nothing is forced to disk: a loss of power may leave any of these.
 *
 * <p>Example: {@code {"sha256":"9f86…","record":{"id":"5e11…"}}}.
 */
public final class RecordFile {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();
    private static final Pattern FORM =
            Pattern.compile("\\{\"sha256\":\"([0-9a-f]{64})\",\"record\":(.*)}", Pattern.DOTALL);
    private static final long LARGEST = 64L << 20;

    private RecordFile() {}

    /** Whether {@code file} is a record, of whatever form, that is not damaged. */
    public static boolean isWhole(Path file) throws IOException {
        return body(file).isPresent();
    }

    /**
     * The record in {@code file}; empty if there is no file, or one that is damaged or of another form.
     *
     * @throws IOException if the file is there and can't be read
     */
    public static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
        Optional<String> body = body(file);
        if (body.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(body.get(), type));
        } catch (JacksonException ofAnotherForm) {
            return Optional.empty();
        }
    }

    private static Optional<String> body(Path file) throws IOException {
        byte[] content;
        try {
            if (Files.size(file) > LARGEST) {
                return Optional.empty();
            }
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(new String(content, StandardCharsets.UTF_8));
        return form.matches() && Digest.of(form.group(2)).hex().equals(form.group(1))
                ? Optional.of(form.group(2))
                : Optional.empty();
    }

    /** Makes {@code file} hold {@code record}; others see the old content or the new one, never a part. */
    public static void replace(Path file, Object record, WorkDirectory work) throws IOException {
        Path written = work.newDirectory("record").resolve("written");
        write(written, record);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes {@code record} to a file that nobody looks at yet. */
    public static void write(Path file, Object record) throws IOException {
        String body = JSON.writeValueAsString(record);
        String content = "{\"sha256\":\"" + Digest.of(body).hex() + "\",\"record\":" + body + "}";
        try (OutputStream output = StateDirectory.writePrivately(file)) {
            output.write(content.getBytes(StandardCharsets.UTF_8));
        }
    }
}
