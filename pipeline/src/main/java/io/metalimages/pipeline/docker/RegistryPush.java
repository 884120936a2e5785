package io.metalimages.pipeline.docker;

import io.metalimages.engine.Progress;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.registry.Repository;
import io.metalimages.registry.image.Layer;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Brings images to registries, each under one tag. What a registry has already is not sent again. */
final class RegistryPush {

    private final Map<String, String> environment;

    /** @param environment says where credentials are */
    RegistryPush(Map<String, String> environment) {
        this.environment = environment;
    }

    void push(LayeredImage image, ImageReference name, Progress listener) throws IOException, InterruptedException {
        listener.report(new Progress.Event.Note("Pushing " + name + "."));
        RegistryOptions options = RegistryOptions.usual(false, note -> listener.report(new Progress.Event.Note(note)));
        try (Registry registry = new Registry(name.registry(), options, new CredentialFiles(environment))) {
            Repository repository = registry.repository(name.repository());
            repository.requireAccess();
            for (Layer layer : image.layers()) {
                repository.blobs().upload(layer.descriptor(), layer.file(), (done, all) -> {});
            }
            repository
                    .blobs()
                    .upload(
                            image.configurationDescriptor(),
                            image.configuration().bytes());
            repository.manifests().put(image.manifest());
            repository.tags().set(image.manifest(), List.of(name.tag().orElse("latest")));
        }
    }
}
