using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Sevensa.Dashboard.Platform.Start;

/// <summary>Reads one setting into the options; throws what a configuration binder throws when it can't be read.</summary>
/// <param name="setting">Of the section, by the property's name.</param>
public delegate void ReadSetting(object options, PropertyInfo property, IConfigurationSection setting);

/// <summary>What is wrong with a section of the configuration, all of it at once and by key.</summary>
public static class SettingMistakes
{
    private const string Configuration = "configuration";

    /// <summary>The whole configuration, for what depends on another section; null where options are checked without one.</summary>
    public static IConfiguration? WholeOf(ValidationContext context) =>
        context.Items.TryGetValue(Configuration, out var whole) ? whole as IConfiguration : null;

    /// <summary>Reads a section into new options and holds it against their data annotations and <see cref="IValidatableObject"/>.</summary>
    /// <param name="name">Of the section, <c>Runner</c>.</param>
    /// <param name="options">A new one, with its defaults; filled from the section.</param>
    /// <returns>Each as <c>Key: what is wrong</c>; empty when nothing is.</returns>
    public static IReadOnlyList<string> In<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T
    >(IConfiguration configuration, string name, T options, ReadSetting read)
        where T : class => In(configuration, name, typeof(T), options, read);

    /// <inheritdoc cref="In{T}(IConfiguration, string, T, ReadSetting)"/>
    /// <param name="type">Of the options.</param>
    public static IReadOnlyList<string> In(
        IConfiguration configuration,
        string name,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type,
        object options,
        ReadSetting read
    )
    {
        var mistakes = new List<string>();
        var section = configuration.GetSection(name);
        var unreadable = new HashSet<string>();
        var properties = type.GetProperties();
        foreach (var property in properties.Where(property => property.CanWrite))
        {
            var setting = section.GetSection(property.Name);
            if (!setting.Exists())
            {
                continue;
            }
            try
            {
                read(options, property, setting);
            }
            catch (Exception exception)
                when (exception is InvalidOperationException or FormatException or TargetInvocationException)
            {
                unreadable.Add(property.Name);
                mistakes.Add($"{name}:{property.Name}: \"{setting.Value}\" is not {WordFor(property.PropertyType)}");
            }
        }
        var known = properties.Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        mistakes.AddRange(
            section
                .GetChildren()
                .Where(child => !known.Contains(child.Key))
                .Select(child =>
                    $"{name}:{child.Key}: there is no such setting (there are {string.Join(", ", known.Order())})"
                )
        );
        mistakes.AddRange(
            Invalid(configuration, properties, options)
                .Where(result => !result.MemberNames.Any(unreadable.Contains))
                .Select(result => $"{name}:{string.Join('/', result.MemberNames)}: {result.ErrorMessage}")
        );
        return mistakes;
    }

    /// <summary>What the framework's validator finds, in its order, which asks types that it can't see: first each setting by itself, then all together.</summary>
    private static IReadOnlyList<ValidationResult> Invalid(
        IConfiguration configuration,
        PropertyInfo[] properties,
        object options
    )
    {
        var found = new List<ValidationResult>();
        foreach (var property in properties.Where(property => property.CanRead))
        {
            var context = Context(property.Name);
            context.MemberName = property.Name;
            var value = property.GetValue(options);
            var rules = property.GetCustomAttributes<ValidationAttribute>(inherit: true).ToList();
            // What is missing is that and nothing else.
            var missing = rules.OfType<RequiredAttribute>().Select(rule => rule.GetValidationResult(value, context));
            var first = missing.FirstOrDefault(result => result is not null);
            found.AddRange(
                first is not null
                    ? [first]
                    : rules
                        .Where(rule => rule is not RequiredAttribute)
                        .Select(rule => rule.GetValidationResult(value, context))
                        .OfType<ValidationResult>()
            );
        }
        return found.Count == 0 && options is IValidatableObject whole
            ? [.. whole.Validate(Context(options.GetType().Name)).Where(result => result != ValidationResult.Success)]
            : found;

        ValidationContext Context(string name) =>
            new(options, name, null, new Dictionary<object, object?> { [Configuration] = configuration });
    }

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
