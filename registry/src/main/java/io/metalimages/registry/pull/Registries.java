package io.metalimages.registry.pull;

import io.metalimages.http.RetryPolicy;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * The registries as this machine and the user have configured them: mirrors, certificates and credentials. Where several
 * places may have an image, each is asked in turn, and one that failed is not asked again. Thread-safe.
 */
public final class Registries {

    /** For a place beside which there is another one. */
    private static final RetryPolicy ONE_OF_SEVERAL =
            new RetryPolicy(2, Duration.ofMillis(200), Duration.ofSeconds(5), Duration.ofSeconds(15));

    /** For finding out whether a registry that need not speak with encryption does. */
    private static final RetryPolicy ENCRYPTED_OR_NOT =
            new RetryPolicy(1, Duration.ofMillis(200), Duration.ofSeconds(5), Duration.ofSeconds(15));

    private final Map<String, String> environment;
    private final Consumer<String> notes;
    private final CredentialFiles credentials;
    private final Certificates certificates;

    /**
     * The configuration that an environment leads to.
     *
     * @param notes receives a sentence about each failure that is not the last; may be called by several threads
     */
    public Registries(Map<String, String> environment, Consumer<String> notes) {
        this.environment = Map.copyOf(environment);
        this.notes = notes;
        this.credentials = new CredentialFiles(environment);
        this.certificates = Certificates.of(environment);
    }

    /**
     * An image; nothing is sent yet.
     *
     * @param image with a tag, a digest or both: then the digest counts
     * @throws io.metalimages.common.FaultException if the image may not be taken, or the configuration can't be understood
     */
    public ImageSource find(ImageReference image) throws IOException {
        List<Endpoint> endpoints = RegistriesConfiguration.of(environment).endpoints(image);
        List<RegistrySource.Place> places = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            Optional<SSLContext> own = certificates.find(endpoint.image().registry());
            boolean several = endpoints.size() > 1 || endpoint.insecure();
            RetryPolicy policy = several ? ONE_OF_SEVERAL : RetryPolicy.USUAL;
            if (endpoint.insecure()) {
                places.add(place(endpoint, false, ENCRYPTED_OR_NOT, Optional.of(Certificates.unchecked())));
                places.add(place(endpoint, true, policy, Optional.empty()));
            } else {
                places.add(place(endpoint, false, policy, own));
            }
        }
        return new RegistrySource(image, places, notes);
    }

    private RegistrySource.Place place(
            Endpoint endpoint, boolean plain, RetryPolicy policy, Optional<SSLContext> encryption) {
        return new RegistrySource.Place(
                endpoint,
                new Registry(
                        endpoint.image().registry(),
                        RegistryOptions.reading(plain, policy, notes, encryption),
                        credentials));
    }
}
