package io.metalimages.cli;

import io.metalimages.store.Channel;
import io.metalimages.store.Publisher;
import java.util.List;

/**
 * Images that were published.
 *
 * @param store its address
 * @param dryRun whether they only would be
 */
record PublishResult(String store, Channel channel, boolean dryRun, List<Publisher.Published> images) {}
