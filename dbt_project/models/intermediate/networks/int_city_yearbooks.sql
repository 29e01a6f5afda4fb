{{ merged_yearbook('city', 'stg_citystat__city_years', 'adcode', city_yearbook_columns()) }}
