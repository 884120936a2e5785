package io.metalimages.catalog;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.common.Digest;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ChannelIndex;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.object.ObjectKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * An image in one channel, as far as lists of it show.
 *
 * @param bytes the size of the file that machines fetch
 * @param identity tells it from every other build: the digest of what the channel's index says of it
 * @param withdrawn since when nobody should use its release any more; empty for what is good
 */
record Build(
        Channel channel, ImageName name, Instant published, long bytes, Digest identity, Optional<Instant> withdrawn) {

    /** What one takes without a preference comes first: the newest release, then what is stable, then the newest branch. */
    static final Comparator<Build> BEST_FIRST = Comparator.comparingInt(Build::rank)
            .thenComparing(build -> build.isRelease() ? build.channel().path() : "", Comparator.reverseOrder())
            .thenComparing(Build::published, Comparator.reverseOrder())
            .thenComparing(build -> build.channel().path());

    static List<Build> in(Channel channel, ChannelIndex index) {
        return index.images().values().stream()
                .map(image -> new Build(
                        channel,
                        image.name(),
                        image.published(),
                        tarball(image).fingerprint().bytes(),
                        image.identity(),
                        index.withdrawn()))
                .toList();
    }

    /** The file that machines fetch. */
    static PublishedImage.PublishedFile tarball(PublishedImage image) {
        return image.file(ArtifactLocation.TARBALL)
                .orElseGet(() -> image.files().getFirst());
    }

    private int rank() {
        if (withdrawn.isPresent()) {
            return 3;
        }
        return switch (channel) {
            case Channel.Release release -> 0;
            case Channel.Stable stable -> 1;
            case Channel.PullRequest pullRequest -> 2;
        };
    }

    Size size() {
        return new Size(bytes);
    }

    /** Whether it is of a release, withdrawn or not. */
    boolean isRelease() {
        return channel instanceof Channel.Release;
    }

    boolean isStable() {
        return channel instanceof Channel.Stable;
    }

    boolean isGoodRelease() {
        return isRelease() && withdrawn.isEmpty();
    }

    /** What the channel is called on a page. */
    String label() {
        return switch (channel) {
            case Channel.Stable stable -> stable.path();
            case Channel.Release release -> release.path();
            case Channel.PullRequest pullRequest -> pullRequest.slug();
        };
    }

    /** The day in the release's name; of another build, that on which it was published. */
    Day day() {
        return new Day(date());
    }

    LocalDate date() {
        return channel instanceof Channel.Release release
                ? release.date()
                : LocalDate.ofInstant(published, ZoneOffset.UTC);
    }

    /** The page of this build. */
    ObjectKey page() {
        return CatalogImage.directory(name).resolve(channel.path() + ".html");
    }
}
