namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// A key that a file holds and that goes into a header: read anew at each use, so that it can be changed without a restart. What
/// is sent with a request is known from then on, and found in other texts.
/// </summary>
public static class CredentialFile
{
    /// <summary>Without the blanks and line ends around it.</summary>
    /// <exception cref="IOException">It can't be read, is empty, or holds what can't stand in a header; says so in words.</exception>
    public static string Read(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file} can't be read: {exception.Message}", exception);
        }
        return text.Length > 0 && IsPlain(text)
            ? text
            : throw new IOException($"{file} is empty, or holds what can't stand in a header.");
    }

    /// <summary>Whether each letter of it can stand in a header.</summary>
    public static bool IsPlain(string key) => key.All(letter => letter is > ' ' and < (char)127);
}
