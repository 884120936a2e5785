package io.metalimages.build;

import io.metalimages.build.base.DistributionBase;
import io.metalimages.build.base.UsedBase;
import io.metalimages.engine.Operation;
import io.metalimages.registry.image.ImageConfiguration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

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
        collect(root, bases, Collections.newSetFromMap(new IdentityHashMap<>()));
        return bases;
    }

    private static void collect(Operation operation, SortedMap<String, UsedBase> bases, Set<Operation> seen) {
        if (!seen.add(operation)) {
            return;
        }
        if (operation instanceof Operation.Base base && base.source() instanceof DistributionBase source) {
            String name = base.label().name().substring(FROM.length());
            bases.put(name, source.used(name));
        }
        operation.inputs().forEach(input -> collect(input, bases, seen));
    }
}
