package io.metalimages.build;

import io.metalimages.build.base.DistributionBase;
import io.metalimages.build.base.UsedBase;
import io.metalimages.build.image.ImageBase;
import io.metalimages.build.image.UsedImage;
import io.metalimages.engine.Operation;
import io.metalimages.registry.image.ImageConfiguration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What is to be done to build a definition. Immutable. */
public final class Plan {

    private static final String FROM = "FROM ";

    private final Definition definition;
    private final Operation root;
    private final ImageConfiguration configuration;

    Plan(Definition definition, Operation root, ImageConfiguration configuration) {
        this.definition = definition;
        this.root = root;
        this.configuration = configuration;
    }

    Definition definition() {
        return definition;
    }

    Operation root() {
        return root;
    }

    /**
     * What the image says of itself, without its time. It lists the layers of a base that came as an image; each entry of the
     * history after those that has a layer stands for one operation.
     */
    public ImageConfiguration configuration() {
        return configuration;
    }

    /** The distributions that the image is made from, by the names that Dockerfiles give them. */
    public SortedMap<String, UsedBase> bases() {
        SortedMap<String, UsedBase> bases = new TreeMap<>();
        visit(operation -> {
            if (operation instanceof Operation.Base base && base.source() instanceof DistributionBase source) {
                bases.put(name(base), source.used(name(base)));
            }
        });
        return bases;
    }

    /** The images built by others that it is made from, by the names that Dockerfiles give them. */
    public SortedMap<String, UsedImage> images() {
        SortedMap<String, UsedImage> images = new TreeMap<>();
        visit(operation -> {
            if (operation instanceof Operation.Layers layers && layers.source() instanceof ImageBase image) {
                images.put(name(layers), image.used(name(layers)));
            }
        });
        return images;
    }

    private static String name(Operation base) {
        return base.label().name().substring(FROM.length());
    }

    private void visit(Consumer<Operation> visitor) {
        visit(root, visitor, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static void visit(Operation operation, Consumer<Operation> visitor, Set<Operation> seen) {
        if (seen.add(operation)) {
            visitor.accept(operation);
            operation.inputs().forEach(input -> visit(input, visitor, seen));
        }
    }
}
