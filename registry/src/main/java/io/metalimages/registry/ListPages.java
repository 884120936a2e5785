package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import java.net.URI;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list that a registry gives page by page; see the distribution specification, "Listing Tags". */
final class ListPages {

    private static final int LARGEST_LIST = 4 << 20;
    private static final int MOST_PAGES = 1000;
    private static final Pattern NEXT = Pattern.compile("<([^<>]*)>\\s*;[^,]*\\brel=\"?next\\b");

    private ListPages() {}

    /** Takes one page of a list. */
    @FunctionalInterface
    interface Page {
        void take(JsonDocument page);
    }

    /** Reads all pages; whether there is such a list. */
    static boolean read(RepositoryClient client, URI first, String task, Page page) throws InterruptedException {
        Set<URI> seen = new HashSet<>();
        Optional<URI> next = Optional.of(first);
        while (next.isPresent()) {
            URI current = next.get();
            if (!seen.add(current) || seen.size() > MOST_PAGES) {
                throw FaultException.remote(task + " failed: the registry's list has no end.", null);
            }
            Response<byte[]> response = client.read(
                    Request.of("GET", current)
                            .with("Accept", "application/json, " + MediaTypes.IMAGE_INDEX)
                            .takingAtMost(LARGEST_LIST),
                    task);
            if (response.status() == 404 && current.equals(first)) {
                return false;
            }
            if (response.status() != 200) {
                throw ErrorResponse.fault(response, task);
            }
            page.take(JsonDocument.read(
                    response.body(), "What " + response.address().getAuthority() + " lists"));
            next = nextPage(response, task);
        }
        return true;
    }

    private static Optional<URI> nextPage(Response<?> response, String task) {
        for (String link : response.headers("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                URI next = response.resolve(matcher.group(1))
                        .filter(target -> Request.isSameServer(target, response.address()))
                        .orElseThrow(() -> FaultException.remote(
                                task + " failed: the list goes on at \"" + ForeignText.line(matcher.group(1))
                                        + "\", which is not the registry's.",
                                null));
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }
}
