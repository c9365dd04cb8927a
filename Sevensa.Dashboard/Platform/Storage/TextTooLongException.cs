using System.Globalization;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>A text of somebody's is longer than is taken; answered as 422 with the limit.</summary>
public sealed class TextTooLongException(string what, int length, int most)
    : Exception(
        string.Create(CultureInfo.InvariantCulture, $"{what} has {length} characters; at most {most} are taken.")
    );
