using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Options that are bound and validated together before the program starts: one run prints every mistake by its key.
/// </summary>
public static class CheckedOptions
{
    /// <summary>Binds a section, with its data annotations (and <see cref="IValidatableObject"/>) checked at start.</summary>
    public static void AddCheckedOptions<T>(this IHostApplicationBuilder builder, string section)
        where T : class
    {
        builder.Services.AddOptions<T>().BindConfiguration(section);
        builder.Services.AddSingleton(new CheckedSection(section, typeof(T)));
    }

    /// <summary>Binds a section that is a list (<c>Section:0:Key</c>), each entry checked like a section of its own.</summary>
    /// <param name="ownKey">What no two entries may say alike, such as their name; null where that is nobody's concern.</param>
    public static void AddCheckedList<T>(this IHostApplicationBuilder builder, string section, string? ownKey = null)
        where T : class
    {
        builder.Services.AddOptions<List<T>>().BindConfiguration(section);
        builder.Services.AddSingleton(new CheckedSection(section, typeof(T), IsList: true, ownKey));
    }

    /// <summary>Every mistake in every checked section, as <c>Key: what is wrong</c>.</summary>
    public static IReadOnlyList<string> Mistakes(IConfiguration configuration, IEnumerable<CheckedSection> sections) =>
        [
            .. sections
                .SelectMany(section => Entries(configuration, section))
                .SelectMany(entry =>
                    SettingMistakes.In(
                        configuration,
                        entry.Name,
                        entry.Type,
                        Activator.CreateInstance(entry.Type)!,
                        Read
                    )
                ),
            .. sections.SelectMany(section => Alike(configuration, section)),
        ];

    private static IEnumerable<string> Alike(IConfiguration configuration, CheckedSection section) =>
        section.OwnKey is not { } key
            ? []
            : configuration
                .GetSection(section.Name)
                .GetChildren()
                .Where(entry => !string.IsNullOrWhiteSpace(entry[key]))
                .GroupBy(entry => entry[key]!.Trim(), StringComparer.OrdinalIgnoreCase)
                .Where(alike => alike.Count() > 1)
                .Select(alike =>
                    $"{alike.Last().Path}:{key}: \"{alike.Key}\" is what {alike.First().Path} says too; each entry needs one of its own"
                );

    private static void Read(object options, PropertyInfo property, IConfigurationSection setting)
    {
        if (setting.Get(property.PropertyType) is { } read)
        {
            property.SetValue(options, read);
        }
    }

    private static IEnumerable<(string Name, Type Type)> Entries(
        IConfiguration configuration,
        CheckedSection section
    ) =>
        section.IsList
            ? configuration.GetSection(section.Name).GetChildren().Select(child => (child.Path, section.Type))
            : [(section.Name, section.Type)];
}

/// <summary>A configuration section and the options type it is bound to.</summary>
/// <param name="OwnKey">In a list: what no two entries may say alike; null for nothing.</param>
public sealed record CheckedSection(string Name, Type Type, bool IsList = false, string? OwnKey = null);
