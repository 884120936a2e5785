package io.metalimages.supplychain.statement;

import io.metalimages.common.Digest;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How an image was built, as far as it may be told to everybody.
 *
 * @param image {@code debian/12}
 * @param dockerfile relative to the checkout
 * @param target the stage that was built; empty for the last
 * @param buildArguments as given; those that must not be told are left out by {@link Provenance}
 * @param contexts what names of images and directories meant, without paths of the building machine
 * @param date of the sources, to the second
 * @param sources empty if they are in no git repository
 * @param bases the distributions that it was made from
 * @param images the images built by others that it was made from
 * @param builder a URI for whoever ran the build
 * @param invocation a URI for the run; empty if nobody but the user knows of it
 * @param program the version of this program
 */
public record BuildFacts(
        String image,
        String dockerfile,
        Optional<String> target,
        SortedMap<String, String> buildArguments,
        SortedMap<String, String> contexts,
        Instant date,
        Optional<Sources> sources,
        List<Base> bases,
        List<Image> images,
        String builder,
        Optional<String> invocation,
        String program) {

    public BuildFacts {
        images = List.copyOf(images);
        buildArguments = copy(buildArguments);
        contexts = copy(contexts);
        bases = List.copyOf(bases);
    }

    private static SortedMap<String, String> copy(Map<String, String> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }

    /**
     * The git repository with the definition.
     *
     * @param repository where others find it; empty if that is unknown
     * @param commit the full hash of the commit that was checked out
     * @param changed whether definitions were different from it
     */
    public record Sources(Optional<String> repository, String commit, boolean changed) {}

    /**
     * A distribution, bootstrapped from its archive.
     *
     * @param name what the Dockerfile calls it
     * @param recipe what was bootstrapped, and how
     * @param named who said which archive that is
     * @param standIn what its packages really are, if it is from a stand-in for the distribution's archive
     */
    public record Base(
            String name, String recipe, ArchiveOrigin named, Optional<String> standIn, List<SignedList> lists) {

        public Base {
            lists = List.copyOf(lists);
        }
    }

    /**
     * An image that others have built.
     *
     * @param name what the Dockerfile calls it
     * @param location where it was taken from
     * @param digest of what its name led to, which may be an index of several platforms' images
     * @param manifest of the image itself
     */
    public record Image(String name, String location, Digest digest, Digest manifest) {}

    /** Who said which archive a base comes from. In either case the keys of the distribution signed what it holds. */
    public enum ArchiveOrigin {
        /** The configuration of apt on the building machine. */
        APT,
        /** An environment variable, in place of that. */
        ENVIRONMENT
    }

    /**
     * What a part of an archive held.
     *
     * @param address of the list that says so, whose signature was checked, or that of each package in it that was installed
     * @param date when that part was last changed, as the list says
     */
    public record SignedList(String address, String suite, Digest content, Instant date) {}
}
