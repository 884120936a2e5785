package io.metalimages.store.channel;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.artifact.packages.InstalledPackages;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.packages.SecurityUpdates;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The releases of a store before and after one of them. */
final class ReleaseHistory {

    private final Channels channels;
    private final Channel.Release release;
    private final SortedSet<Channel.Release> others;

    private ReleaseHistory(Channels channels, Channel.Release release, SortedSet<Channel.Release> others) {
        this.channels = channels;
        this.release = release;
        this.others = others;
    }

    /** Reads which releases there are. */
    static ReleaseHistory of(Channel.Release release, Channels channels) throws StoreException {
        SortedSet<Channel.Release> others = new TreeSet<>();
        others.addAll(channels.releases());
        others.remove(release);
        return new ReleaseHistory(channels, release, others);
    }

    /** Those of these images that no later release has. */
    Set<ImageName> newest(Collection<PublishedImage> images) throws StoreException {
        Set<ImageName> newest = new HashSet<>();
        images.forEach(image -> newest.add(image.name()));
        for (Channel.Release later : others.tailSet(release)) {
            ChannelIndex index = channels.index(later);
            if (index.withdrawn().isEmpty()) {
                newest.removeAll(index.images().keySet());
            }
        }
        return newest;
    }

    /** What is to be said of the release, if it has these images. */
    ReleaseNotes notes(Collection<PublishedImage> images) throws StoreException {
        for (Channel.Release previous : others.headSet(release).reversed()) {
            ChannelIndex before = channels.index(previous);
            if (!before.images().isEmpty() && before.withdrawn().isEmpty()) {
                return notes(images, previous, before);
            }
        }
        return new ReleaseNotes(
                release,
                Optional.empty(),
                images.stream()
                        .map(image -> new ReleaseNotes.ImageNotes(image, new ReleaseNotes.Change.New()))
                        .toList(),
                List.of());
    }

    private ReleaseNotes notes(Collection<PublishedImage> images, Channel.Release previous, ChannelIndex before)
            throws StoreException {
        List<ReleaseNotes.ImageNotes> notes = new ArrayList<>();
        Set<ImageName> gone = new HashSet<>(before.images().keySet());
        for (PublishedImage image : images) {
            gone.remove(image.name());
            notes.add(new ReleaseNotes.ImageNotes(image, change(previous, before, image)));
        }
        return new ReleaseNotes(
                release, Optional.of(previous), notes, gone.stream().sorted().toList());
    }

    private ReleaseNotes.Change change(Channel.Release previous, ChannelIndex before, PublishedImage image)
            throws StoreException {
        Optional<PublishedImage> older = before.find(image.name());
        if (older.isEmpty()) {
            return before.pruned().containsKey(image.name())
                    ? new ReleaseNotes.Change.Unknown(
                            "What changed is not known: the image of " + previous.path() + " was deleted.")
                    : new ReleaseNotes.Change.New();
        }
        if (older.get().files().equals(image.files())) {
            return new ReleaseNotes.Change.None();
        }
        Optional<PublishedImage.PublishedFile> from = older.get().file(ArtifactLocation.PACKAGES);
        Optional<PublishedImage.PublishedFile> to = image.file(ArtifactLocation.PACKAGES);
        if (from.isEmpty() || to.isEmpty()) {
            return new ReleaseNotes.Change.Unknown("What changed is not known: there is no list of packages.");
        }
        return new ReleaseNotes.Change.Other(
                PackageChanges.between(
                        InstalledPackages.parse(channels.content(from.get())),
                        InstalledPackages.parse(channels.content(to.get()))),
                security(previous, older.get(), image));
    }

    private ReleaseNotes.SecurityChanges security(Channel.Release previous, PublishedImage older, PublishedImage newer)
            throws StoreException {
        Optional<PublishedImage.PublishedFile> from = older.file(SecurityUpdates.FILE);
        Optional<PublishedImage.PublishedFile> to = newer.file(SecurityUpdates.FILE);
        if (from.isEmpty() || to.isEmpty()) {
            return unknown(to.isEmpty() ? release : previous, "has no " + SecurityUpdates.FILE);
        }
        SecurityUpdates before = parse(from.get());
        SecurityUpdates now = parse(to.get());
        if (now.missing().isPresent() || before.missing().isPresent()) {
            return new ReleaseNotes.SecurityChanges.Unknown(
                    now.missing().or(before::missing).orElseThrow());
        }
        List<ReleaseNotes.SecurityChange> changes = new ArrayList<>();
        now.after(before)
                .forEach((source, updates) -> changes.add(new ReleaseNotes.SecurityChange(
                        source.name(),
                        source.version(),
                        updates.stream()
                                .flatMap(update -> update.vulnerabilities().stream())
                                .distinct()
                                .sorted()
                                .toList())));
        return new ReleaseNotes.SecurityChanges.Known(changes);
    }

    private static ReleaseNotes.SecurityChanges unknown(Channel.Release release, String reason) {
        return new ReleaseNotes.SecurityChanges.Unknown(
                "They are not known, as the image of " + release.path() + " " + reason + ".");
    }

    private SecurityUpdates parse(PublishedImage.PublishedFile file) throws StoreException {
        return SecurityUpdates.parse(channels.content(file), file.key().value());
    }
}
