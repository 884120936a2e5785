package io.metalimages.cli;

import io.metalimages.registry.Attachment;
import io.metalimages.registry.PushedImage;
import java.time.Duration;
import java.util.List;

/**
 * An image that was pushed.
 *
 * @param name what the user calls it
 * @param attachments in the order of the image's referrers
 * @param making how long it took to make the layer
 * @param sending how long all the rest took
 */
record PushResult(String name, PushedImage image, List<Attachment> attachments, Duration making, Duration sending) {}
