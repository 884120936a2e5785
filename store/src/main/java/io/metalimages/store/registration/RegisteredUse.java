package io.metalimages.store.registration;

import io.metalimages.metalapi.RegisteredImage;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.StoreLayout;
import io.metalimages.store.object.ObjectKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a metal-api needs of a store. An image of the store is meant by its address at any host, or by its id. */
public final class RegisteredUse {

    private final List<RegisteredImage> needed;

    /** @param registered all that metal-api lists, with the machines that use them */
    public RegisteredUse(Collection<RegisteredImage> registered, Instant now) {
        this.needed = registered.stream()
                .filter(image -> !image.usedBy().isEmpty() || !image.isExpired(now))
                .toList();
    }

    /** Why an image has to stay: the end of a sentence. */
    public Optional<String> reason(Channel channel, PublishedImage image) {
        return needed.stream()
                .filter(registered -> isMeant(registered, channel, image))
                .findFirst()
                .map(registered -> registered.usedBy().isEmpty()
                        ? "metal-api has it as " + registered.id()
                                + registered
                                        .expires()
                                        .map(time -> " until " + LocalDate.ofInstant(time, ZoneOffset.UTC))
                                        .orElse("")
                        : "metal-api has it as " + registered.id() + ", and machines use it");
    }

    /** Whether metal-api means this image. */
    public static boolean isMeant(RegisteredImage registered, Channel channel, PublishedImage image) {
        return registered.url().filter(url -> leadsTo(url, channel, image)).isPresent()
                || (channel instanceof Channel.Release release
                        && registered
                                .imageId()
                                .filter(id -> id.isReleaseOf(
                                                image.name().os(), image.name().version())
                                        && id.day()
                                                .filter(release.date()::equals)
                                                .isPresent())
                                .isPresent());
    }

    private static boolean leadsTo(String url, Channel channel, PublishedImage image) {
        String path = path(url);
        ObjectKey directory = StoreLayout.directory(channel, image.name());
        return image.files().stream()
                .anyMatch(
                        file -> path.endsWith("/" + directory.resolve(file.name())) || path.endsWith("/" + file.key()));
    }

    /** Of what is no URL all that stands before a query. */
    private static String path(String url) {
        try {
            return Optional.ofNullable(new URI(url).getPath()).orElse(url);
        } catch (URISyntaxException e) {
            return url.replaceFirst("[?#].*$", "");
        }
    }
}
