package io.metalimages.build.remote;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.http.Request;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Files of web servers. Without a checksum each build asks whether the file is still the one that it was, by its ETag or
 * its date where the server gives them, and else fetches it; what it is decides whether the steps after it run again.
 */
final class WebFiles {

    private static final Pattern CHECKSUM =
            Pattern.compile("sha256:([0-9a-f]{64})|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}");

    /** What a file is called whose address ends in no name. */
    private static final String UNNAMED = "__unnamed__";

    private final StateDirectory state;
    private final WorkDirectory work;

    WebFiles(StateDirectory state, WorkDirectory work) {
        this.state = state;
        this.work = work;
    }

    /**
     * What was there when an address was last asked for.
     *
     * @param entityTag empty if the server gave none
     * @param modified likewise
     */
    record Seen(String entityTag, String modified, String checksum) {}

    Remote find(URI address, Optional<String> checksum, SourceRange range) throws IOException, InterruptedException {
        if (address.getHost() == null) {
            throw FaultException.wrongInput(range + ": " + shown(address) + " names no server.", "Check the address.");
        }
        if (checksum.isPresent() && !CHECKSUM.matcher(checksum.get()).matches()) {
            throw FaultException.wrongInput(
                    range + ": " + checksum.get() + " is no checksum.", "Write --checksum=sha256:HEX.");
        }
        String name = name(address);
        WebFile file = checksum.isPresent()
                ? new WebFile(address, name, checksum.get(), "", Optional.empty(), range.toString())
                : pinned(address, name, range);
        return new Remote(shown(address), file, "/" + name);
    }

    private WebFile pinned(URI address, String name, SourceRange range) throws IOException, InterruptedException {
        Path record = state.downloads().resolve(Digest.of(address.toString()).hex());
        Optional<Seen> before = RecordFile.read(record, Seen.class);
        try (WebClient client = client()) {
            Request request = Request.of("GET", address);
            if (before.isPresent()) {
                Seen seen = before.get();
                request = seen.entityTag().isEmpty() ? request : request.with("If-None-Match", seen.entityTag());
                request = seen.modified().isEmpty() ? request : request.with("If-Modified-Since", seen.modified());
            }
            Path content = work.newDirectory("download").resolve("content");
            Optional<Download> download = Download.of(client, request, "SHA-256", content, range.toString());
            if (download.isEmpty() && before.isPresent()) {
                Seen seen = before.get();
                return new WebFile(address, name, seen.checksum(), seen.modified(), Optional.empty(), range.toString());
            }
            Download fetched = download.orElseThrow(() -> FaultException.remote(
                    range + ": " + shown(address) + " says that it has not changed, but it was never fetched.", null));
            String checksum = "sha256:" + fetched.digest();
            if (!fetched.entityTag().isEmpty() || !fetched.modified().isEmpty()) {
                RecordFile.replace(record, new Seen(fetched.entityTag(), fetched.modified(), checksum), work);
            }
            return new WebFile(address, name, checksum, fetched.modified(), Optional.of(content), range.toString());
        }
    }

    static WebClient client() {
        return new WebClient(WebOptions.following(RetryPolicy.USUAL));
    }

    /** The last name of the address's path. */
    private static String name(URI address) {
        String path = address.getPath() == null ? "" : address.getPath();
        Path last = Path.of("/", path).normalize().getFileName();
        return last == null ? UNNAMED : last.toString();
    }

    static String shown(URI address) {
        return address.getScheme() + "://" + address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort())
                + address.getRawPath();
    }
}
