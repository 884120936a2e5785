package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Manifest;
import io.metalimages.registry.Registry;
import io.metalimages.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An image in a registry, or in one of its mirrors. */
final class RegistrySource implements ImageSource {

    private final ImageReference image;
    private final List<Place> places;
    private final Consumer<String> notes;

    /** Places that failed. */
    private final Set<Place> failed = ConcurrentHashMap.newKeySet();

    /** Where the image may be had. */
    record Place(Endpoint endpoint, Registry registry) {

        Repository repository() {
            return registry.repository(endpoint.image().repository());
        }
    }

    /** Something that any place may do. */
    @FunctionalInterface
    private interface Task<T> {

        /** What came of it; empty if there is no such thing there. */
        Optional<T> perform(Repository repository) throws IOException, InterruptedException;
    }

    RegistrySource(ImageReference image, List<Place> places, Consumer<String> notes) {
        this.image = image;
        this.places = List.copyOf(places);
        this.notes = notes;
    }

    @Override
    public String name() {
        return image.toString();
    }

    @Override
    public Digest resolve() throws IOException, InterruptedException {
        if (image.digest().isPresent()) {
            return image.digest().get();
        }
        String tag = image.tag().orElseThrow(() -> new IllegalStateException(image + " has neither tag nor digest."));
        return fromFirst(
                Endpoint::forTags,
                image.toString(),
                repository -> repository.manifests().resolve(tag));
    }

    @Override
    public byte[] manifest(Digest digest) throws IOException, InterruptedException {
        return fromFirst(
                Endpoint::forDigests,
                "manifest " + Descriptor.written(digest) + " of " + image,
                repository -> repository.manifests().find(digest).map(Manifest::bytes));
    }

    @Override
    public InputStream open(Descriptor content) throws IOException, InterruptedException {
        return fromFirst(
                Endpoint::forDigests,
                Descriptor.written(content.digest()) + " of " + image,
                repository -> Optional.of(new CheckedInput(
                        repository.blobs().open(content),
                        content,
                        "Fetching " + Descriptor.written(content.digest()) + " from " + repository.name())));
    }

    /** What the first place gives that has it. */
    private <T> T fromFirst(Predicate<Endpoint> use, String what, Task<T> task)
            throws IOException, InterruptedException {
        List<Place> candidates = places.stream()
                .filter(place -> use.test(place.endpoint()))
                .sorted((one, other) -> Boolean.compare(failed.contains(one), failed.contains(other)))
                .toList();
        FaultException last = null;
        for (Place place : candidates) {
            FaultException fault;
            try {
                Optional<T> result = task.perform(place.repository());
                if (result.isPresent()) {
                    return result.get();
                }
                fault = FaultException.wrongInput(
                        place.endpoint().image().registry() + " has no " + what + ".", "Look at the name.");
            } catch (FaultException e) {
                fault = e;
                if (e.category() == FaultException.Category.REMOTE_FAULT) {
                    failed.add(place);
                }
            }
            last = worse(last, fault);
            if (!place.equals(candidates.getLast())) {
                notes.accept(fault.getMessage() + " The next place is asked.");
            }
        }
        if (last == null) {
            throw FaultException.wrongInput("No place may be asked for " + what + ".", "Look into registries.conf.");
        }
        if (candidates.size() == 1) {
            throw last;
        }
        throw new FaultException(
                last.category(),
                "None of " + hosts(candidates) + " gave " + what + ". " + last.getMessage(),
                last.remedy().orElse(null),
                last);
    }

    /** That a server did not do its part says more than that another one has no such thing. */
    private static FaultException worse(@Nullable FaultException before, FaultException now) {
        return before != null && before.category() == FaultException.Category.REMOTE_FAULT ? before : now;
    }

    private static String hosts(List<Place> candidates) {
        return candidates.stream()
                .map(place -> place.endpoint().image().registry())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        places.forEach(place -> place.registry().close());
    }
}
