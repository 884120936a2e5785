package io.metalimages.build.image;

import io.metalimages.common.Digest;
import io.metalimages.engine.Operation;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.image.ImageConfiguration;
import io.metalimages.registry.pull.ImageSource;
import io.metalimages.registry.pull.PulledImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** An image that was found, and whose layers can be read. */
public final class ImageBase implements Operation.LayerSource {

    private final ImageSource source;
    private final PulledImage image;
    private final String location;

    /** @param location as in {@link UsedImage#location} */
    ImageBase(ImageSource source, PulledImage image, String location) {
        this.source = source;
        this.image = image;
        this.location = location;
    }

    /** What the image says of itself. */
    public ImageConfiguration configuration() {
        return image.configuration();
    }

    /** What this is to somebody who wants to know what an image was made from. */
    public UsedImage used(String name) {
        return new UsedImage(name, location, image.digest(), image.manifest());
    }

    @Override
    public List<Digest> layers() {
        return image.configuration().layers();
    }

    @Override
    public String name(int index) {
        return "layer " + (index + 1) + " of " + image.layers().size() + " of " + image.name() + " ("
                + Descriptor.written(image.layers().get(index).digest()) + ")";
    }

    @Override
    public InputStream open(int index) throws IOException, InterruptedException {
        return source.open(image.layers().get(index));
    }
}
