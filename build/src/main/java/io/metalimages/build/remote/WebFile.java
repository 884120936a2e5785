package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Operation;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.http.Request;
import io.metalimages.http.WebClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A file of a web server that is known by its digest.
 *
 * @param checksum algorithm and digest; the file is no other
 * @param modified when the server says that it was changed; empty if it does not say, or was not asked yet
 * @param content where it is already
 * @param location where the address is written, for messages
 */
record WebFile(URI address, String name, String checksum, String modified, Optional<Path> content, String location)
        implements Operation.BaseSource {

    private static final Map<String, String> ALGORITHMS =
            Map.of("sha256", "SHA-256", "sha384", "SHA-384", "sha512", "SHA-512");

    @Override
    public String definition() {
        return String.join("\n", "web file", name, checksum, modified);
    }

    @Override
    public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
            throws IOException, InterruptedException {
        Path file = directory.resolve(name);
        String date = modified;
        if (content.filter(Files::exists).isPresent()) {
            Files.copy(content.get(), file);
        } else {
            date = fetch(file, output);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Optional<FileTime> time = time(date);
        if (time.isPresent()) {
            Files.setLastModifiedTime(file, time.get());
        }
    }

    /** The date that the server gives. */
    private String fetch(Path file, Consumer<String> output) throws IOException, InterruptedException {
        output.accept("Fetching " + WebFiles.shown(address));
        String algorithm = checksum.substring(0, checksum.indexOf(':'));
        try (WebClient client = WebFiles.client()) {
            Download download = Download.of(
                            client, Request.of("GET", address), ALGORITHMS.getOrDefault(algorithm, ""), file, location)
                    .orElseThrow(() -> new IllegalStateException("The request has no condition."));
            String found = algorithm + ":" + download.digest();
            if (!found.equals(checksum)) {
                throw FaultException.remote(
                        location + ": " + WebFiles.shown(address) + " has the checksum " + found + ", not " + checksum
                                + ".",
                        "Look what it is now, and whether it may be used.");
            }
            return download.modified();
        }
    }

    private static Optional<FileTime> time(String date) {
        try {
            return date.isEmpty()
                    ? Optional.empty()
                    : Optional.of(FileTime.from(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
