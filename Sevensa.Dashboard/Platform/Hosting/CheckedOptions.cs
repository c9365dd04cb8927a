using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Options that are bound and validated together before the program starts: one run prints every mistake by its key.
/// </summary>
public static class CheckedOptions
{
    /// <summary>Key of the whole configuration in <see cref="ValidationContext.Items"/>, for what depends on another section.</summary>
    public const string Whole = "configuration";

    /// <summary>Binds a section, with its data annotations (and <see cref="IValidatableObject"/>) checked at start.</summary>
    public static void AddCheckedOptions<T>(this IHostApplicationBuilder builder, string section)
        where T : class
    {
        builder.Services.AddOptions<T>().BindConfiguration(section);
        builder.Services.AddSingleton(new CheckedSection(section, typeof(T)));
    }

    /// <summary>Binds a section that is a list (<c>Section:0:Key</c>), each entry checked like a section of its own.</summary>
    public static void AddCheckedList<T>(this IHostApplicationBuilder builder, string section)
        where T : class
    {
        builder.Services.AddOptions<List<T>>().BindConfiguration(section);
        builder.Services.AddSingleton(new CheckedSection(section, typeof(T), IsList: true));
    }

    /// <summary>Every mistake in every checked section, as <c>Key: what is wrong</c>.</summary>
    public static IReadOnlyList<string> Mistakes(IConfiguration configuration, IEnumerable<CheckedSection> sections)
    {
        var mistakes = new List<string>();
        foreach (var (name, type) in sections.SelectMany(section => Entries(configuration, section)))
        {
            var section = configuration.GetSection(name);
            var options = Activator.CreateInstance(type)!;
            var unreadable = new HashSet<string>();
            foreach (var property in type.GetProperties().Where(property => property.CanWrite))
            {
                var value = section.GetSection(property.Name);
                if (!value.Exists())
                {
                    continue;
                }
                try
                {
                    if (value.Get(property.PropertyType) is { } read)
                    {
                        property.SetValue(options, read);
                    }
                }
                catch (Exception exception)
                    when (exception is InvalidOperationException or FormatException or TargetInvocationException)
                {
                    unreadable.Add(property.Name);
                    mistakes.Add($"{name}:{property.Name}: \"{value.Value}\" is not {WordFor(property.PropertyType)}");
                }
            }
            var known = type.GetProperties()
                .Select(property => property.Name)
                .ToHashSet(StringComparer.OrdinalIgnoreCase);
            mistakes.AddRange(
                section
                    .GetChildren()
                    .Where(child => !known.Contains(child.Key))
                    .Select(child =>
                        $"{name}:{child.Key}: there is no such setting (there are {string.Join(", ", known.Order())})"
                    )
            );
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(
                options,
                new ValidationContext(options, new Dictionary<object, object?> { [Whole] = configuration }),
                results,
                validateAllProperties: true
            );
            mistakes.AddRange(
                results
                    .Where(result => !result.MemberNames.Any(unreadable.Contains))
                    .Select(result => $"{name}:{string.Join('/', result.MemberNames)}: {result.ErrorMessage}")
            );
        }
        return mistakes;
    }

    private static IEnumerable<(string Name, Type Type)> Entries(
        IConfiguration configuration,
        CheckedSection section
    ) =>
        section.IsList
            ? configuration.GetSection(section.Name).GetChildren().Select(child => (child.Path, section.Type))
            : [(section.Name, section.Type)];

    private static string WordFor(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(double) => "a number",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(Uri) => "an address",
            _ when type == typeof(TimeSpan) => "a duration (hh:mm:ss)",
            { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
            _ => "what is expected there",
        };
    }
}

/// <summary>A configuration section and the options type it is bound to.</summary>
public sealed record CheckedSection(string Name, Type Type, bool IsList = false);
