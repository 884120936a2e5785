/**
 * What is in a channel says its {@link io.metalimages.store.channel.ChannelIndex}, one object that changes by compare and swap;
 * all else is content that never changes, or is made from the index. {@link io.metalimages.store.channel.Publisher} adds to it,
 * {@link io.metalimages.store.channel.Releaser} makes another one of it. {@link io.metalimages.store.channel.StoreLayout} says
 * what lies where.
 *
 * <p>Deletes nothing. Start reading at {@link io.metalimages.store.channel.Publisher}.
 */
@NullMarked
package io.metalimages.store.channel;

import org.jspecify.annotations.NullMarked;
