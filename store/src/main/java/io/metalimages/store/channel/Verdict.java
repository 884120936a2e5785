package io.metalimages.store.channel;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of the test of an image: {@code test/verdict.json}, next to the tarball. It says what it says of one content
 * only, whatever is next to it now.
 *
 * @param sha256 of the tarball that was tested, from the first byte to the last
 * @param started when the test was
 * @param acceleration how the machine's instructions were executed, and why so
 * @param leftOut what could not be tested, in sentences
 */
public record Verdict(Digest sha256, boolean passed, Instant started, String acceleration, List<String> leftOut) {

    public static final String FILE = "verdict.json";

    public Verdict {
        leftOut = List.copyOf(leftOut);
    }

    /** Writes it into a directory of reports, whole or not at all; an older one is replaced. */
    public void write(Path reports) throws IOException {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("sha256", sha256.hex());
        root.put("passed", passed);
        root.put("started", started.toString());
        root.put("acceleration", acceleration);
        ArrayNode left = root.putArray("leftOut");
        leftOut.forEach(left::add);
        Files.createDirectories(reports);
        Path unfinished = Files.createTempFile(reports, FILE, ".unfinished");
        try {
            Files.writeString(
                    unfinished,
                    JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
            Files.move(
                    unfinished,
                    reports.resolve(FILE),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /**
     * Reads the one in a directory of reports; empty if there is none.
     *
     * @throws FaultException if it cannot be understood
     */
    public static Optional<Verdict> read(Path reports) throws IOException {
        Path file = reports.resolve(FILE);
        try {
            JsonNode root = JsonMapper.shared().readTree(Files.readString(file));
            List<String> leftOut = new ArrayList<>();
            root.path("leftOut").forEach(sentence -> leftOut.add(sentence.asString("")));
            return Optional.of(new Verdict(
                    new Digest(root.path("sha256").asString("")),
                    root.path("passed").asBoolean(false),
                    Instant.parse(root.path("started").asString("")),
                    root.path("acceleration").asString(""),
                    leftOut));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new FaultException(
                    FaultException.Category.WRONG_INPUT,
                    file + " is not what a test writes: " + e.getMessage() + ".",
                    "Test the image again.",
                    e);
        }
    }
}
