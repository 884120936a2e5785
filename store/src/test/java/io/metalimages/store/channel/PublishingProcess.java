package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Publishes several builds of one image in turn, over and over, until it is killed; writes after each what came of it. */
final class PublishingProcess {

    private PublishingProcess() {}

    /** Takes the store, the image, and the directories of its builds. */
    public static void main(String[] arguments) throws IOException {
        try (ObjectStore store = new StoreLocation(arguments[0]).open()) {
            for (int round = 0; ; round++) {
                Path build = Path.of(arguments[2 + round % (arguments.length - 2)]);
                List<Publisher.Published> published = new Publisher(store, SampleArtifact.INSPECTION, Progress.SILENT)
                        .publish(new Publisher.Options(
                                new Channel.Stable(),
                                new TreeMap<>(Map.of(ImageName.parse(arguments[1]), ArtifactLocation.in(build))),
                                false,
                                false));
                System.out.println(published.getFirst().outcome());
            }
        }
    }
}
