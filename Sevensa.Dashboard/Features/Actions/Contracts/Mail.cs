namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>A letter to people, as plain text and as HTML.</summary>
/// <param name="Id">The same when it is sent again, so that a mailbox shows it once; with a host behind an @.</param>
/// <param name="To">Addresses.</param>
/// <param name="Html">The same for who reads HTML; null for plain text alone.</param>
public sealed record Letter(string Id, IReadOnlyList<string> To, string Subject, string Text, string? Html = null);

/// <summary>The mail server that this installation uses (section <c>Notifications</c>).</summary>
public interface IMailServer
{
    /// <summary>Whether one is set.</summary>
    bool IsSet { get; }

    /// <summary>Whether a text is an address that a letter can go to.</summary>
    bool IsAddress(string text);

    /// <summary>Hands a letter over, once.</summary>
    /// <returns>Which mailboxes the server refused, in its words, where it took the letter for others; null when it refused none.</returns>
    /// <exception cref="MailFailedException">It could not be, for nobody; the message has the server's words.</exception>
    Task<string?> SendAsync(Letter letter, CancellationToken cancellation);
}

/// <summary>The mail server did not take a letter; the message says why.</summary>
public sealed class MailFailedException(string message, Exception? inner = null) : Exception(message, inner);
